//! Whatever happens, the log says what the groups are.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::script::World;
use crate::groups::classic::State;
use crate::groups::config::GroupsConfig;
use crate::groups::group::Group;
use crate::groups::offsets::Offsets;
use crate::groups::shard::Shard;
use crate::records::groups::GroupRecord;

/// What is logged of each group: offsets always, the generation while it is stable or empty.
fn hard(shard: &Shard, live: &Shard) -> BTreeMap<String, (Offsets, Option<GroupRecord>)> {
    let settled = |id: &str| {
        let group = live.groups.get(id).and_then(Group::as_classic);
        group.is_some_and(|g| matches!(g.state, State::Stable | State::Empty))
    };
    let rows = shard.groups().filter_map(|(id, group)| {
        let group = group.as_classic()?;
        let record = settled(id).then(|| match group.record() {
            // A group that only has offsets has no record, hence no time.
            GroupRecord::Group {
                group: id,
                value: Some(mut value),
            } if group.protocol_type.is_none() => {
                value.current_state_timestamp = 0;
                GroupRecord::Group {
                    group: id,
                    value: Some(value),
                }
            }
            record => record,
        });
        let offsets = shard.offsets.get(id).cloned().unwrap_or_default();
        Some((id.to_string(), (offsets, record)))
    });
    rows.collect()
}

fn command() -> impl Strategy<Value = String> {
    let group = prop_oneof![Just("g"), Just("h")];
    let member = prop_oneof![
        Just(String::new()),
        (1u8..9, 0u8..3).prop_map(|(n, c)| format!("{c}~0{n}"))
    ];
    let known = (1u8..9, 0u8..3).prop_map(|(n, c)| format!("{c}~0{n}"));
    let instance = prop_oneof![3 => Just(""), 1 => Just(" instance=1"), 1 => Just(" instance=2")];
    let protocols = prop_oneof![
        Just("range:x"),
        Just("range:x,sticky:y"),
        Just("sticky:z,range:x")
    ];
    prop_oneof![
        6 => (group.clone(), member, instance, protocols, 3u8..6, 0u8..3).prop_map(|(g, m, i, p, v, c)| {
            format!("join {g} m={m}{i} protocols={p} v={v} client={c}")
        }),
        6 => (group.clone(), known.clone(), 0u8..6, "[a-c]{0,2}").prop_map(|(g, m, gen_, a)| {
            format!("sync {g} m={m} gen={gen_} assign={m}:{a}")
        }),
        2 => (group.clone(), known.clone(), 0u8..6).prop_map(|(g, m, gen_)| format!("heartbeat {g} m={m} gen={gen_}")),
        1 => (group.clone(), known.clone()).prop_map(|(g, m)| format!("leave {g} m={m}")),
        2 => (group.clone(), known, 0u8..6, 0u8..9).prop_map(|(g, m, gen_, o)| {
            format!("commit {g} m={m} gen={gen_} offsets=t:0:{o},u:1:{o}")
        }),
        1 => (group.clone(), 0u8..9).prop_map(|(g, o)| format!("commit {g} offsets=t:0:{o} retention=700000")),
        1 => group.prop_map(|g| format!("delete {g}")),
        1 => Just("drop-topic u".to_owned()),
        3 => prop_oneof![Just(100), Just(9_999), Just(60_000), Just(604_800_000)].prop_map(|ms| format!("advance {ms}")),
        1 => Just("restart".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn the_log_says_what_the_groups_are(commands in prop::collection::vec(command(), 1..60)) {
        let mut world = World::new(GroupsConfig { initial_rebalance_delay_ms: 0, ..GroupsConfig::default() });
        for command in &commands {
            world.run(command);
            let loaded = world.reloaded();
            prop_assert_eq!(hard(&loaded, &world.shard), hard(&world.shard, &world.shard), "after {}", command);
        }
    }
}
