//! Commands of golden scripts for consumer groups.

use std::sync::Arc;

use uuid::Uuid;

use super::script::World;
use super::script_args::Args;
use super::show_consumer::show_heartbeat;
use crate::groups::config::{ConsumerConfig, GroupsConfig, Migration};
use crate::groups::effects::Effects;
use crate::groups::topics_view::TopicsView;
use crate::groups::types_consumer::{ConsumerHeartbeat, OwnedByClient};

fn words(text: &str, at: char) -> Vec<String> {
    text.split(at)
        .filter(|w| !w.is_empty())
        .map(str::to_owned)
        .collect()
}

impl World {
    /// `t:0+1,u:2` under the ids that the topics have now.
    fn owned(&self, text: &str) -> OwnedByClient {
        let topics = words(text, ',').into_iter().map(|word| {
            let (name, partitions) = word.split_once(':').unwrap();
            let id = self
                .topics
                .by_name(name)
                .map_or_else(|| super::topics::topic_id(name, 0), |t| t.id);
            (
                id,
                words(partitions, '+')
                    .iter()
                    .map(|p| p.parse().unwrap())
                    .collect(),
            )
        });
        topics.collect()
    }

    fn change_config(&mut self, change: impl FnOnce(&mut ConsumerConfig)) {
        let mut config: GroupsConfig = (*self.config).clone();
        change(&mut config.consumer);
        self.config = Arc::new(config);
        self.shard.config = self.config.clone();
    }

    /// `beat g m=A e=0 topics=t owned=`; in a join, timeout and owned partitions need not be given.
    fn beat(&mut self, group: &str, args: &Args<'_>, effects: &mut Effects) -> String {
        let epoch = args.number("e", 0);
        let timeout = args.0.get("timeout").map(|t| t.parse().unwrap());
        let request = ConsumerHeartbeat {
            group: group.into(),
            member_id: args.text("m", ""),
            member_epoch: epoch,
            instance_id: args.opt("instance"),
            rack_id: args.opt("rack"),
            rebalance_timeout_ms: timeout.or((epoch == 0).then_some(45_000)),
            topic_names: args.0.get("topics").map(|t| words(t, ',')),
            topic_regex: args.0.get("regex").map(|r| (*r).to_owned()),
            server_assignor: args.opt("assignor"),
            owned: args
                .0
                .get("owned")
                .map(|o| self.owned(o))
                .or((epoch == 0).then(Vec::new)),
            client_id: args.text("client", "c"),
            client_host: "/1.2.3.4".into(),
            client_makes_id: true,
        };
        self.uuids += 1;
        let (now, fresh) = (self.now(), Uuid::from_u128(self.uuids));
        show_heartbeat(&self.shard.consumer_heartbeat(&request, fresh, now, effects))
    }

    pub(super) fn consumer_command(
        &mut self,
        command: &str,
        group: &str,
        args: &Args<'_>,
        effects: &mut Effects,
    ) -> String {
        match command {
            "beat" => return self.beat(group, args, effects),
            "topic" => self.topics.put(group, args.number("partitions", 1)),
            "delete-offsets" => {
                let asked: Vec<_> = args
                    .pairs("t", "")
                    .into_iter()
                    .map(|(t, p)| (t, vec![p.parse().unwrap()]))
                    .collect();
                return format!("{:?}", self.shard.delete_offsets(group, &asked, effects));
            }
            "group-config" => {
                for (name, value) in &args.0 {
                    let key = (group.to_owned(), (*name).to_owned());
                    self.topics.configs.insert(key, (*value).to_owned());
                }
            }
            "consumer-max" => self.change_config(|c| c.max_size = group.parse().unwrap()),
            "assignment-interval" => {
                self.change_config(|c| c.times.assignment_interval_ms = group.parse().unwrap());
            }
            "policy" => self.change_config(|c| {
                c.migration = match group {
                    "disabled" => Migration::Disabled,
                    "upgrade" => Migration::Upgrade,
                    "downgrade" => Migration::Downgrade,
                    _ => Migration::Bidirectional,
                };
            }),
            "describe-consumer" => {
                return match self.shard.describe_consumer(group) {
                    Ok(group) => format!("{group:?}"),
                    Err(refusal) => format!("{:?}: {}", refusal.error, refusal.message),
                };
            }
            other => panic!("unknown command {other}"),
        }
        String::new()
    }
}
