//! What the members of one group on one topic saw and did, and whether that was right.
//!
//! A *tenure* is one member's time with one partition: from its assignment until it gives it back, loses it or dies.

use std::collections::BTreeMap;

/// A member that heard nothing from the broker for so long may be out of its group without knowing it: more than a
/// heartbeat, less than a session.
const SILENCE_NS: i64 = 1_000_000_000;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The member was given the partition.
    Assigned,
    /// It gives it back.
    Revoked,
    /// It has lost it: the group went on without the member.
    Lost,
    /// It was handed the record at the offset.
    Read,
    /// It is about to commit the offset.
    Tried,
    /// The commit was acknowledged.
    Committed,
    /// The member is no more.
    Gone,
}

impl Kind {
    const ALL: [(Kind, char); 7] = [
        (Kind::Assigned, '+'),
        (Kind::Revoked, '-'),
        (Kind::Lost, '!'),
        (Kind::Read, 'r'),
        (Kind::Tried, 't'),
        (Kind::Committed, 'c'),
        (Kind::Gone, 'x'),
    ];
}

/// Something that happened, at a time that all processes of this machine share.
#[derive(Clone, Debug)]
pub struct Event {
    /// Nanoseconds of the monotonic clock.
    pub at_ns: i64,
    pub member: usize,
    pub kind: Kind,
    pub partition: i32,
    pub offset: i64,
}

impl Event {
    /// One line of a member's file.
    pub fn line(&self) -> String {
        let letter = Kind::ALL.iter().find(|(kind, _)| *kind == self.kind).unwrap().1;
        format!("{} {letter} {} {}\n", self.at_ns, self.partition, self.offset)
    }

    /// Reads such a line; none of a line that a kill cut off.
    pub fn parse(member: usize, line: &str) -> Option<Event> {
        let mut words = line.strip_suffix('\n')?.split(' ');
        let at_ns = words.next()?.parse().ok()?;
        let letter = words.next()?.chars().next()?;
        Some(Event {
            at_ns,
            member,
            kind: Kind::ALL.iter().find(|(_, l)| *l == letter)?.0,
            partition: words.next()?.parse().ok()?,
            offset: words.next()?.parse().ok()?,
        })
    }
}

#[derive(Debug)]
struct Tenure {
    member: usize,
    /// The highest commit that had been acknowledged when it began.
    committed: i64,
    next: Option<i64>,
    over: bool,
}

/// How often partitions changed hands, and how many records came again after such a change.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Judged {
    pub changes: usize,
    pub again: usize,
    /// The end of what was read, by partition.
    pub read: BTreeMap<i32, i64>,
    /// The highest acknowledged commit, by partition.
    pub committed: BTreeMap<i32, i64>,
}

/// Judges the events of all members of a group:
///
/// - nothing is lost: a tenure begins at or below the highest commit that was ever tried, and goes on without a gap;
/// - nothing comes twice without a change of owner: a tenure begins at or above what had been committed before it
///   began, and never goes back;
/// - a partition has one owner: a tenure begins when the one before is over, or its member was cut off, whether it heard
///   of that or left before.
pub fn judge(mut events: Vec<Event>) -> Judged {
    events.sort_by_key(|event| event.at_ns);
    let mut tenures: BTreeMap<i32, Tenure> = BTreeMap::new();
    let mut tried: BTreeMap<i32, i64> = BTreeMap::new();
    let mut judged = Judged::default();
    for (index, event) in events.iter().enumerate() {
        let committed = judged.committed.get(&event.partition).copied().unwrap_or(0);
        let tenure = tenures.get_mut(&event.partition);
        match event.kind {
            Kind::Assigned => {
                if let Some(before) = tenure {
                    assert!(
                        before.over
                            || is_cut_off(&events[index..], before.member, event.partition)
                            || is_out_unheard(&events, event, before.member),
                        "two owners: {before:?}, then {event:?}; of them around then: {:#?}",
                        around(&events, index, [before.member, event.member])
                    );
                }
                judged.changes += 1;
                let tenure = Tenure {
                    member: event.member,
                    committed,
                    next: None,
                    over: false,
                };
                tenures.insert(event.partition, tenure);
            }
            Kind::Revoked | Kind::Lost => {
                if let Some(own) = tenure.filter(|own| own.member == event.member) {
                    own.over = true;
                }
            }
            Kind::Gone => {
                for own in tenures.values_mut().filter(|own| own.member == event.member) {
                    own.over = true;
                }
            }
            Kind::Tried => {
                let highest = tried.entry(event.partition).or_default();
                *highest = event.offset.max(*highest);
            }
            Kind::Committed => {
                judged
                    .committed
                    .insert(event.partition, event.offset.max(committed));
            }
            Kind::Read => {
                // Another reader has lost the partition and does not know it yet: its commits fail.
                let Some(own) = tenure.filter(|own| own.member == event.member) else {
                    continue;
                };
                let end = judged.read.entry(event.partition).or_default();
                check_read(
                    event,
                    own,
                    tried.get(&event.partition).copied().unwrap_or(0),
                    *end,
                );
                judged.again += usize::from(event.offset < *end);
                own.next = Some(event.offset + 1);
                *end = (event.offset + 1).max(*end);
            }
        }
    }
    judged
}

/// The events of some members within two seconds of one: what tells why a judgement failed.
fn around(events: &[Event], index: usize, members: [usize; 2]) -> Vec<&Event> {
    const NS: u64 = 2_000_000_000;
    let at_ns = events[index].at_ns;
    events
        .iter()
        .filter(|event| members.contains(&event.member) && event.at_ns.abs_diff(at_ns) < NS)
        .filter(|event| !matches!(event.kind, Kind::Read | Kind::Tried))
        .collect()
}

fn check_read(event: &Event, own: &Tenure, tried: i64, end: i64) {
    match own.next {
        Some(next) => assert_eq!(
            event.offset, next,
            "neither gap nor repetition: {event:?} in {own:?}"
        ),
        None => assert!(
            (own.committed..=tried.min(end)).contains(&event.offset),
            "a tenure begins at what was committed: {event:?} in {own:?}, {tried} tried, {end} read"
        ),
    }
}

/// Whether the member learns only now that it has lost the partition, or is killed without a word.
fn is_cut_off(later: &[Event], member: usize, partition: i32) -> bool {
    let of_it =
        |event: &&Event| event.member == member && (event.partition == partition || event.kind == Kind::Gone);
    later
        .iter()
        .filter(of_it)
        .find(|event| {
            matches!(
                event.kind,
                Kind::Lost | Kind::Gone | Kind::Revoked | Kind::Assigned
            )
        })
        .is_some_and(|event| event.kind == Kind::Lost)
}

/// Whether the member was silent for long when another was given the partition, and heard nothing good from the broker
/// later: its session had ended, and it left or died before it was told. After a kill of the broker a member may take
/// longer to come back than its session lasts.
fn is_out_unheard(events: &[Event], successor: &Event, member: usize) -> bool {
    !events.iter().any(|event| {
        event.member == member
            && event.at_ns > successor.at_ns - SILENCE_NS
            && matches!(event.kind, Kind::Assigned | Kind::Committed)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge_text(text: &str) -> Judged {
        let events = text.lines().enumerate().map(|(at, line)| {
            let (member, rest) = line.split_once(' ').unwrap();
            Event::parse(member.parse().unwrap(), &format!("{at} {rest}\n")).unwrap()
        });
        judge(events.collect())
    }

    #[test]
    fn a_successor_reads_on_where_commits_end() {
        let judged =
            judge_text("1 + 0 -1\n1 r 0 0\n1 r 0 1\n1 t 0 1\n1 c 0 1\n1 x -1 -1\n2 + 0 -1\n2 r 0 1\n2 r 0 2");
        assert_eq!((judged.changes, judged.again), (2, 1));
        assert_eq!(judged.read[&0], 3);
    }

    #[test]
    #[should_panic(expected = "neither gap")]
    fn a_gap_is_seen() {
        judge_text("1 + 0 -1\n1 r 0 0\n1 r 0 2");
    }

    #[test]
    #[should_panic(expected = "begins at what was committed")]
    fn what_was_committed_must_not_come_again() {
        judge_text("1 + 0 -1\n1 r 0 0\n1 t 0 1\n1 c 0 1\n1 - 0 -1\n2 + 0 -1\n2 r 0 0");
    }

    #[test]
    #[should_panic(expected = "two owners")]
    fn two_owners_are_seen() {
        judge_text("1 + 0 -1\n2 + 0 -1\n1 - 0 -1");
    }

    fn judge_times(times: &[(i64, &str)]) -> Judged {
        let events = times.iter().map(|(at_ns, text)| {
            let (member, rest) = text.split_once(' ').unwrap();
            Event::parse(member.parse().unwrap(), &format!("{at_ns} {rest}\n")).unwrap()
        });
        judge(events.collect())
    }

    #[test]
    fn a_member_may_leave_before_it_hears_that_its_session_has_ended() {
        let end = SILENCE_NS + 1;
        judge_times(&[(0, "1 + 0 -1"), (end, "2 + 0 -1"), (end + 1, "1 - 0 -1")]);
    }

    #[test]
    #[should_panic(expected = "two owners")]
    fn an_owner_that_still_commits_has_not_been_silent() {
        let end = SILENCE_NS + 1;
        judge_times(&[
            (0, "1 + 0 -1"),
            (end, "2 + 0 -1"),
            (end + 1, "1 c 0 0"),
            (end + 2, "1 - 0 -1"),
        ]);
    }

    #[test]
    #[should_panic(expected = "two owners")]
    fn an_owner_that_committed_just_before_has_not_been_silent() {
        let end = SILENCE_NS + 1;
        judge_times(&[
            (0, "1 + 0 -1"),
            (2, "1 c 0 0"),
            (end, "2 + 0 -1"),
            (end + 1, "1 - 0 -1"),
        ]);
    }
}
