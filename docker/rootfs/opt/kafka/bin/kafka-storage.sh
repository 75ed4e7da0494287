#!/bin/sh
# A folder needs no formatting: the broker does it when it starts, with the id of CLUSTER_ID.
case ${1:-} in
  random-uuid) head -c 16 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=' ;;
  format) echo "Nothing to format: the broker does it when it starts." ;;
  *) echo "kafka-storage: only format and random-uuid are known here" >&2; exit 1 ;;
esac
