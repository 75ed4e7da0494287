//! Who is to receive a topic's next partition, and who is to give one away.
//!
//! Both go in rounds: a round of receivers is everybody at the lowest load, in their order; when each has got one,
//! the next round begins one load higher and takes in those who are there already. A round of givers is the same
//! from the highest load downwards. Kafka's assignor proceeds so, and whoever wants its results has to as well.

use std::collections::VecDeque;

/// Members of one load, in turns.
#[derive(Debug, Default)]
struct Round {
    load: i64,
    members: VecDeque<usize>,
    /// Whose turn it is.
    turn: usize,
}

impl Round {
    fn before(load: i64) -> Round {
        Round {
            load,
            ..Round::default()
        }
    }

    fn is_over(&self) -> bool {
        self.turn >= self.members.len()
    }

    fn next(&mut self) -> Option<usize> {
        let member = self.members.get(self.turn).copied()?;
        self.turn += 1;
        Some(member)
    }
}

/// The subscribers of one topic as givers and receivers. Members are indexes into the list of loads that every call
/// gets, up to date.
#[derive(Debug, Default)]
pub struct Balancer {
    /// By load as it was at the start.
    ascending: Vec<usize>,
    receivers: Round,
    givers: Round,
    /// How many of the highest loads are or were givers.
    asked: usize,
}

fn load(loads: &[i64], member: Option<&usize>) -> i64 {
    member.and_then(|m| loads.get(*m)).copied().unwrap_or(0)
}

impl Balancer {
    /// Begins with a topic's subscribers; gives back how far their loads are apart.
    pub fn start(&mut self, subscribers: &[usize], loads: &[i64]) -> i64 {
        self.ascending.clear();
        self.ascending.extend_from_slice(subscribers);
        self.ascending.sort_by_key(|m| (load(loads, Some(m)), *m));
        let lowest = load(loads, self.ascending.first());
        let highest = load(loads, self.ascending.last());
        self.receivers = Round::before(lowest - 1);
        self.givers = Round::before(highest + 1);
        self.asked = 0;
        highest - lowest
    }

    /// The next to receive; it has to be given one.
    pub fn receiver(&mut self, loads: &[i64]) -> usize {
        let round = &mut self.receivers;
        if round.is_over() {
            round.load += 1;
            round.turn = 0;
            let others = self.ascending.iter().skip(round.members.len());
            let joining = others.take_while(|m| load(loads, Some(m)) == round.load);
            let joining: Vec<usize> = joining.copied().collect();
            round.members.extend(joining);
        }
        round.next().unwrap_or(0)
    }

    /// The next to give one away; `None` when nobody is left.
    pub fn giver(&mut self, loads: &[i64]) -> Option<usize> {
        let round = &mut self.givers;
        if round.is_over() {
            let mut others = self.ascending.iter().rev().skip(self.asked).peekable();
            round.load = match others.peek() {
                // All that were asked have nothing to give: on to the next load that there is.
                Some(next) if round.members.is_empty() => load(loads, Some(next)),
                _ => round.load - 1,
            };
            round.turn = 0;
            while let Some(next) = others.next_if(|m| load(loads, Some(m)) == round.load) {
                round.members.push_back(*next);
                self.asked += 1;
            }
        }
        round.next()
    }

    /// The giver that was asked last has nothing of the topic: it is not asked again, and the first of the round has
    /// its place.
    pub fn excuse_giver(&mut self) {
        let round = &mut self.givers;
        if let Some(last) = round.turn.checked_sub(1) {
            round.members.swap(0, last);
            round.members.pop_front();
            round.turn = last;
        }
    }

    /// Whether giving and receiving would change nothing.
    pub fn is_balanced(&self) -> bool {
        self.givers.load - self.receivers.load <= 1
    }
}
