//! Scenarios of administration: what `AdminClient` has not, its client and consumers do.

use anyhow::{Context, Result, ensure};
use rdkafka::Offset;
use rdkafka::admin::{
    AdminClient, AdminOptions, AlterConfig, NewPartitions, NewTopic, ResourceSpecifier, TopicReplication,
    TopicResult,
};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};

use crate::DEADLINE;
use crate::reader::{member_of, offsets_of};

type Admin = AdminClient<DefaultClientContext>;

pub async fn run(scenario: &str, name: &str) -> Option<Result<()>> {
    Some(match scenario {
        "admin-topics" => topics(name).await,
        "admin-configs" => configs(name).await,
        "admin-groups" => groups(name).await,
        "admin-offsets" => offsets(name).await,
        _ => return None,
    })
}

fn admin() -> Result<(Admin, AdminOptions)> {
    let options = AdminOptions::new().operation_timeout(Some(DEADLINE));
    Ok((crate::config()?.create()?, options))
}

fn each_ok(results: Vec<TopicResult>) -> Result<()> {
    for result in results {
        result.map_err(|(name, code)| anyhow::anyhow!("{name}: {code}"))?;
    }
    Ok(())
}

/// How many partitions the list of topics says it has; none when it is not in the list.
fn partitions_of(admin: &Admin, name: &str) -> Result<Option<usize>> {
    let metadata = admin.inner().fetch_metadata(None, DEADLINE)?;
    let topic = metadata.topics().iter().find(|topic| topic.name() == name);
    Ok(topic.map(|topic| topic.partitions().len()))
}

async fn topics(name: &str) -> Result<()> {
    let (admin, options) = admin()?;
    let gone = format!("{name}-gone");
    let topic = NewTopic::new(name, 3, TopicReplication::Fixed(1)).set("retention.ms", "60000");
    each_ok(admin.create_topics([&topic], &options).await?)?;
    let found = partitions_of(&admin, name)?;
    ensure!(found == Some(3), "{found:?} partitions, not 3");
    let more = NewPartitions::new(name, 5);
    each_ok(admin.create_partitions([&more], &options).await?)?;
    let found = partitions_of(&admin, name)?;
    ensure!(found == Some(5), "{found:?} partitions, not 5");
    each_ok(admin.delete_topics(&[&gone], &options).await?)?;
    let found = partitions_of(&admin, &gone)?;
    ensure!(found.is_none(), "the deleted topic is still there");
    Ok(())
}

async fn config_is(admin: &Admin, options: &AdminOptions, name: &str, wanted: &str) -> Result<()> {
    let topic = ResourceSpecifier::Topic(name);
    let mut described = admin.describe_configs([&topic], options).await?;
    let configs = described.pop().context("an answer")??;
    let entry = configs.get("retention.ms").context("retention.ms")?;
    ensure!(
        entry.value.as_deref() == Some(wanted),
        "retention.ms is {:?}",
        entry.value
    );
    Ok(())
}

async fn configs(name: &str) -> Result<()> {
    let (admin, options) = admin()?;
    config_is(&admin, &options, name, "604800000").await?;
    let change = AlterConfig::new(ResourceSpecifier::Topic(name)).set("retention.ms", "123456");
    for result in admin.alter_configs([&change], &options).await? {
        result.map_err(|(topic, code)| anyhow::anyhow!("{topic:?}: {code}"))?;
    }
    config_is(&admin, &options, name, "123456").await
}

async fn groups(name: &str) -> Result<()> {
    let (admin, options) = admin()?;
    let gone = format!("{name}-gone");
    let listed = admin.inner().fetch_group_list(None, DEADLINE)?;
    let find = |name: &str| listed.groups().iter().find(|group| group.name() == name);
    let state = find(name).context("the first group is not listed")?.state();
    ensure!(state == "Empty", "the group is {state}");
    find(&gone).context("the second group is not listed")?;
    let reader: BaseConsumer = member_of(name)?.create()?;
    let committed = reader.committed_offsets(offsets_of(name, 1, Offset::Invalid)?, DEADLINE)?;
    let offset = committed.find_partition(name, 0).context("an answer")?.offset();
    ensure!(offset == Offset::Offset(3), "the offset is {offset:?}");
    for result in admin.delete_groups(&[&gone], &options).await? {
        result.map_err(|(group, code)| anyhow::anyhow!("{group}: {code}"))?;
    }
    Ok(())
}

async fn offsets(name: &str) -> Result<()> {
    let (admin, options) = admin()?;
    let committer: BaseConsumer = member_of(name)?.create()?;
    committer.commit(&offsets_of(name, 1, Offset::Offset(7))?, CommitMode::Sync)?;
    let found = admin.inner().fetch_watermarks(name, 0, DEADLINE)?;
    ensure!(found == (0, 10), "the first and the last offset are {found:?}");
    let before = offsets_of(name, 1, Offset::Offset(4))?;
    for deleted in admin.delete_records(&before, &options).await?.elements() {
        deleted.error()?;
    }
    let (earliest, _) = admin.inner().fetch_watermarks(name, 0, DEADLINE)?;
    ensure!(earliest == 4, "the earliest offset is {earliest}");
    Ok(())
}
