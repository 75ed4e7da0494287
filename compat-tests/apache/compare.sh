#!/usr/bin/env bash
# compare.sh BASELINE.tsv NEW.tsv [EXPECTED-FAIL.txt]: tests that pass in the baseline and not in NEW; exit 1 if any.
# A line "test reason" of EXPECTED-FAIL names a test that waits for later work (`#` starts a comment, class#method stands
# for all its configurations): it does not count, and one that passes all the same does.
# A test the baseline marks FLAKY is shown but does not count. Tests of classes NEW did not run are not shown.
set -eu
awk -F'\t' -v listed="${3:-/dev/null}" '
  BEGIN {
    while ((getline line < listed) > 0) {
      if (line ~ /^(#|[[:space:]]*$)/) continue
      split(line, word, /[[:space:]]+/); expected[word[1]] = substr(line, length(word[1]) + 1)
    }
  }
  function bare(t) { sub(/\[.*/, "", t); return t }
  function entry(t) { return t in expected ? t : bare(t) in expected ? bare(t) : "" }
  /^#/ { next }
  NR == FNR { base[$1] = $2; next }
  { new[$1] = $2; why[$1] = $4 " | " $5; c = $1; sub(/#.*/, "", c); ran[c] = 1; method[bare($1)] = 1 }
  END {
    for (t in base) {
      c = t; sub(/#.*/, "", c)
      if (!(c in ran) || base[t] !~ /^(PASS|FLAKY)$/ || (partly && !(bare(t) in method))) continue
      got = (t in new) ? new[t] : "MISSING"; e = entry(t)
      if (got == "PASS") { good++; if (e != "") passed[e]++; continue }
      if (base[t] == "FLAKY") { print "flaky\t" got "\t" t "\t" why[t]; continue }
      if (e != "") { later++; failed[e]++; continue }
      bad++; print "WORSE\t" got "\t" t "\t" why[t]
    }
    for (e in passed) if (!(e in failed)) { bad++; print "PASSES NOW, take it off the list\t" e }
    printf "%d as good as the baseline, %d wait for later work, %d wrong\n", good, later, bad
    exit bad > 0
  }' partly="${AIT_PARTLY:-}" "$1" "$2"
