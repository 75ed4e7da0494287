//! Partitions put together by topic. A request may name a topic in several entries and a partition in several of them;
//! what counts then is said once for all APIs, and costs no more than the request is long.

use std::hash::Hash;

use indexmap::IndexMap;

/// What is said of partitions, by topic and number; both in the order in which they were first named.
pub type ByTopic<T, P> = IndexMap<T, IndexMap<i32, P>>;

/// Of a partition that is named twice the last mention counts. A topic without partitions is left out.
pub fn last_counts<T, E, P>(entries: impl IntoIterator<Item = (T, E)>) -> ByTopic<T, P>
where
    T: Hash + Eq,
    E: IntoIterator<Item = (i32, P)>,
{
    gathered(entries, |partitions, index, partition| {
        partitions.insert(index, partition);
    })
}

/// Of a partition that is named twice nothing counts (`None`). A topic without partitions is left out.
pub fn once<T, E, P>(entries: impl IntoIterator<Item = (T, E)>) -> ByTopic<T, Option<P>>
where
    T: Hash + Eq,
    E: IntoIterator<Item = (i32, P)>,
{
    gathered(entries, |partitions, index, partition| {
        let named = partitions.entry(index);
        named
            .and_modify(|counts| *counts = None)
            .or_insert(Some(partition));
    })
}

fn gathered<T, E, P, V>(
    entries: impl IntoIterator<Item = (T, E)>,
    mut take: impl FnMut(&mut IndexMap<i32, V>, i32, P),
) -> ByTopic<T, V>
where
    T: Hash + Eq,
    E: IntoIterator<Item = (i32, P)>,
{
    let mut topics = ByTopic::new();
    for (topic, partitions) in entries {
        let mut partitions = partitions.into_iter().peekable();
        if partitions.peek().is_some() {
            let known = topics.entry(topic).or_default();
            partitions.for_each(|(index, partition)| take(known, index, partition));
        }
    }
    topics
}

/// Rows of an answer about offsets: those of partitions that are not there, and those that the group decided, an entry
/// for each of the request. As in Kafka, the latter join the former by topic, but stay as they are where there are none.
pub fn joined<T: Hash + Eq, R>(refused: IndexMap<T, Vec<R>>, decided: Vec<(T, Vec<R>)>) -> Vec<(T, Vec<R>)> {
    if refused.is_empty() {
        return decided;
    }
    let mut topics = refused;
    for (topic, rows) in decided {
        topics.entry(topic).or_default().extend(rows);
    }
    topics.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    type Entries = Vec<(&'static str, Vec<(i32, char)>)>;

    fn entries() -> Entries {
        vec![
            ("t", vec![(5, 'a'), (0, 'b')]),
            ("empty", vec![]),
            ("u", vec![(0, 'c')]),
            ("t", vec![(0, 'd'), (7, 'e'), (5, 'f'), (5, 'g')]),
        ]
    }

    fn flat<P>(topics: ByTopic<&'static str, P>) -> Vec<(&'static str, Vec<(i32, P)>)> {
        let topics = topics.into_iter();
        topics
            .map(|(topic, rows)| (topic, rows.into_iter().collect()))
            .collect()
    }

    #[test]
    fn the_last_mention_counts_in_the_place_of_the_first() {
        let wanted: Entries = vec![("t", vec![(5, 'g'), (0, 'd'), (7, 'e')]), ("u", vec![(0, 'c')])];
        assert_eq!(flat(last_counts(entries())), wanted);
    }

    #[test]
    fn what_is_named_twice_counts_for_nothing() {
        let t = vec![(5, None), (0, None), (7, Some('e'))];
        assert_eq!(flat(once(entries())), vec![("t", t), ("u", vec![(0, Some('c'))])]);
    }

    #[test]
    fn decided_rows_join_the_refused_ones_or_stay_alone() {
        let decided = || vec![("t", vec![1]), ("u", vec![2]), ("t", vec![3])];
        assert_eq!(joined(IndexMap::new(), decided()), decided());
        let refused = IndexMap::from([("u", vec![0]), ("v", vec![])]);
        let wanted = vec![("u", vec![0, 2]), ("v", vec![]), ("t", vec![1, 3])];
        assert_eq!(joined(refused, decided()), wanted);
    }
}
