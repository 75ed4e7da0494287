//! Hands out the least and the most loaded member of a topic, in turns (`MemberAssignmentBalancer`).

/// Positions in `members` of two growing ranges: members with the least, and with the most partitions.
///
/// Invariant: `members` holds indexes into the list of loads that every call gets.
#[derive(Debug, Default)]
pub struct Balancer {
    members: Vec<usize>,
    least_end: usize,
    least_load: i64,
    next_least: usize,
    most_start: usize,
    most_end: usize,
    most_load: i64,
    /// One behind the next of the most loaded.
    next_most: usize,
}

fn load(loads: &[i64], member: Option<&usize>) -> i64 {
    member.and_then(|m| loads.get(*m)).copied().unwrap_or(0)
}

impl Balancer {
    /// Begins with a topic's subscribers; gives back how far their loads are apart.
    pub fn start(&mut self, subscribers: &[usize], loads: &[i64]) -> i64 {
        self.members.clear();
        self.members.extend_from_slice(subscribers);
        self.members.sort_by_key(|m| (load(loads, Some(m)), *m));
        let least = load(loads, self.members.first());
        let most = load(loads, self.members.last());
        self.least_end = 0;
        self.least_load = least - 1;
        self.next_least = 0;
        self.most_start = self.members.len();
        self.most_end = self.members.len();
        self.most_load = most + 1;
        self.next_most = self.members.len();
        most - least
    }

    /// The member to give the next partition to. Whoever asks must give it.
    pub fn next_least(&mut self, loads: &[i64]) -> usize {
        if self.next_least >= self.least_end {
            self.least_load += 1;
            while self.least_end < self.members.len()
                && load(loads, self.members.get(self.least_end)) == self.least_load
            {
                self.least_end += 1;
            }
            self.next_least = 0;
        }
        let member = self.members.get(self.next_least).copied().unwrap_or(0);
        self.next_least += 1;
        member
    }

    /// The member to take the next partition from; `None` when there is none left.
    pub fn next_most(&mut self, loads: &[i64]) -> Option<usize> {
        if self.next_most <= self.most_start {
            if self.most_end <= self.most_start && self.most_start > 0 {
                // All of the range were excluded: on to the next load that there is.
                self.most_load = load(loads, self.members.get(self.most_start - 1));
            } else {
                self.most_load -= 1;
            }
            while self.most_start > 0 && load(loads, self.members.get(self.most_start - 1)) == self.most_load
            {
                self.most_start -= 1;
            }
            self.next_most = self.most_end;
        }
        self.next_most = self.next_most.checked_sub(1)?;
        self.members.get(self.next_most).copied()
    }

    /// Takes the member that was given last out of the most loaded ones: it has nothing of the topic to give.
    pub fn exclude_most(&mut self) {
        self.most_end = self.most_end.saturating_sub(1);
        if self.next_most < self.members.len() && self.most_end < self.members.len() {
            self.members.swap(self.next_most, self.most_end);
        }
    }

    /// Whether taking and giving would change nothing.
    pub fn is_balanced(&self) -> bool {
        self.most_load - self.least_load <= 1
    }
}
