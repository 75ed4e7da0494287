//! `--describe --members`.

use std::collections::BTreeMap;

use super::describe::said;
use crate::Io;
use crate::group_admin::{Described, MemberInfo, Partition};

pub(super) fn print(group: &Described, is_verbose: bool, io: &mut Io<'_>) {
    let members = &group.members;
    let is_wide = said(group, members.len(), io);
    // Kafka's tool measures only what it means to print, but prints the heads in any case.
    let measured: &[MemberInfo] = if is_wide { members } else { &[] };
    let widest = |least: usize, len: &dyn Fn(&MemberInfo) -> usize| {
        measured.iter().map(len).max().unwrap_or(0).max(least)
    };
    let of_group = if is_wide { group.group.len().max(15) } else { 15 };
    let of_id = widest(15, &|member| member.id.len());
    let of_instance = widest(17, &|member| member.instance.len());
    let of_host = widest(15, &|member| member.host.len());
    let of_client = widest(15, &|member| member.client.len());
    let of_current = widest(20, &|member| shown(&member.assigned).len());
    let of_target = widest(20, &|member| shown(&member.target).len());
    let has_instance = measured.iter().any(|member| !member.instance.is_empty());
    let some = |is: bool| measured.iter().any(|member| member.is_upgraded == Some(is));
    let is_migrating = some(true) && some(false);
    io.say("");
    let mut print = |cells: [&str; 6], more: [&str; 5]| {
        let [group, id, instance, host, client, partitions] = cells;
        let instance = if has_instance {
            format!("{instance:<of_instance$} ")
        } else {
            String::new()
        };
        io.print(format!(
            "{group:<of_group$} {id:<of_id$} {instance}{host:<of_host$} {client:<of_client$} {partitions:<15} "
        ));
        if is_verbose {
            let [epoch, current, target_epoch, target, upgraded] = more;
            let upgraded = if is_migrating {
                format!(" {upgraded}")
            } else {
                String::new()
            };
            io.print(format!(
                "{epoch:<15} {current:<of_current$} {target_epoch:<15} {target:<of_target$}{upgraded}"
            ));
        }
        io.say("");
    };
    print(
        [
            "GROUP",
            "CONSUMER-ID",
            "GROUP-INSTANCE-ID",
            "HOST",
            "CLIENT-ID",
            "#PARTITIONS",
        ],
        [
            "CURRENT-EPOCH",
            "CURRENT-ASSIGNMENT",
            "TARGET-EPOCH",
            "TARGET-ASSIGNMENT",
            "UPGRADED",
        ],
    );
    for member in members {
        let (cells, more) = cells(group, member);
        print(
            cells.each_ref().map(String::as_str),
            more.each_ref().map(String::as_str),
        );
    }
}

fn cells(group: &Described, member: &MemberInfo) -> ([String; 6], [String; 5]) {
    let epoch = |epoch: Option<i32>| epoch.map_or("-".to_owned(), |epoch| epoch.to_string());
    let cells = [
        group.group.clone(),
        member.id.clone(),
        member.instance.clone(),
        member.host.clone(),
        member.client.clone(),
        member.assigned.len().to_string(),
    ];
    let more = [
        epoch(member.epoch),
        shown(&member.assigned),
        epoch(group.epochs.map(|epochs| epochs.1)),
        shown(&member.target),
        member.is_upgraded.map_or("-".to_owned(), |is| is.to_string()),
    ];
    (cells, more)
}

/// `topic:0,1;other:2`.
fn shown(partitions: &[Partition]) -> String {
    let mut by_topic: BTreeMap<&str, Vec<i32>> = BTreeMap::new();
    for (topic, partition) in partitions {
        by_topic.entry(topic).or_default().push(*partition);
    }
    let one = |(topic, mut all): (&str, Vec<i32>)| {
        all.sort_unstable();
        let all: Vec<String> = all.iter().map(ToString::to_string).collect();
        format!("{topic}:{}", all.join(","))
    };
    let topics: Vec<String> = by_topic.into_iter().map(one).collect();
    if topics.is_empty() {
        "-".to_owned()
    } else {
        topics.join(";")
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn assignments_are_shown_by_topic() {
        let all = [("b".to_owned(), 2), ("a".to_owned(), 1), ("b".to_owned(), 0)];
        assert_eq!(super::shown(&all), "a:1;b:0,2");
        assert_eq!(super::shown(&[]), "-");
    }
}
