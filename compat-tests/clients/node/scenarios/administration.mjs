import { bootstrap, check, equal, topicOf, until } from '../lib/contract.mjs'

async function topics({ admin, name }) {
  const gone = topicOf('admin-topics-gone')
  const control = await admin()
  await control.createTopic(name, 3, { 'retention.ms': '60000' })
  check((await control.topics()).includes(name), 'the new topic is not in the list')
  equal(await control.partitions(name), 3, 'partitions')
  await control.setPartitions(name, 5)
  await until(async () => (await control.partitions(name)) === 5, 'five partitions')
  await control.deleteTopic(gone)
  await until(async () => !(await control.topics()).includes(gone), 'the deleted topic to go')
}

async function configs({ admin, name }) {
  const control = await admin()
  equal(await control.config(name, 'retention.ms'), '604800000', 'retention.ms')
  await control.setConfig(name, 'retention.ms', '123456')
  equal(await control.config(name, 'retention.ms'), '123456', 'retention.ms once set')
}

async function groups({ admin, name }) {
  const gone = `${name}-gone`
  const control = await admin()
  const listed = await control.groups()
  check(listed.includes(name) && listed.includes(gone), 'a group is not in the list')
  equal((await control.groupState(name)).toLowerCase(), 'empty', 'the state')
  equal(await control.committed(name, name), 3, 'the offset')
  await control.deleteGroup(gone)
}

async function offsets({ admin, name }) {
  const control = await admin()
  await control.setCommitted(name, name, 7)
  equal(await control.offsets(name), { earliest: 0, latest: 10 }, 'offsets')
  await control.deleteRecords(name, 4)
  equal((await control.offsets(name)).earliest, 4, 'the earliest offset')
}

async function cluster({ admin }) {
  const { brokers, controller, clusterId } = await (await admin()).cluster()
  equal(brokers, [bootstrap], 'the brokers')
  check(controller !== null && controller !== undefined && controller >= 0, 'no controller')
  check(clusterId, 'no cluster id')
}

export const scenarios = {
  'admin-topics': topics,
  'admin-configs': configs,
  'admin-groups': groups,
  'admin-offsets': offsets,
  'admin-cluster': cluster
}
