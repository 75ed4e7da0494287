//! Members of one classic group by raw requests, all driven by one thread.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::proc;
use crate::wire::{Put, Wire};

const JOIN_GROUP: i16 = 11;
const HEARTBEAT: i16 = 12;
const LEAVE_GROUP: i16 = 13;
const SYNC_GROUP: i16 = 14;
const REBALANCE_IN_PROGRESS: i16 = 27;
const TIMEOUT_MS: i32 = 120_000;
const LIMIT: Duration = Duration::from_secs(60);

struct Member {
    wire: Wire,
    id: String,
    generation: i32,
}

/// A classic group whose members have a connection each.
pub struct ClassicGroup {
    address: String,
    name: String,
    members: Vec<Member>,
}

impl ClassicGroup {
    /// Forms a group; the broker's initial delay must give all of them time to join.
    pub fn form(address: &str, name: &str, members: usize) -> Result<ClassicGroup> {
        let mut group = ClassicGroup {
            address: address.to_owned(),
            name: name.to_owned(),
            members: Vec::new(),
        };
        for _ in 0..members {
            group.members.push(group.fresh()?);
        }
        group.generation()?;
        Ok(group)
    }

    fn fresh(&self) -> Result<Member> {
        Ok(Member {
            wire: Wire::connect(&self.address)?,
            id: String::new(),
            generation: -1,
        })
    }

    /// Id and generation of the last member.
    pub fn newest(&self) -> Option<(&str, i32)> {
        self.members
            .last()
            .map(|member| (member.id.as_str(), member.generation))
    }

    /// The last member leaves.
    pub fn leave(&mut self) -> Result<()> {
        let mut member = self.members.pop().context("a member")?;
        let body = Put::default().text(&self.name).text(&member.id);
        let mut reply = member.wire.call(LEAVE_GROUP, 1, body)?;
        reply.i32()?;
        ensure!(reply.i16()? == 0, "LeaveGroup is refused");
        Ok(())
    }

    /// A new member joins, and all others again.
    pub fn join(&mut self) -> Result<()> {
        let mut member = self.fresh()?;
        member.wire.send(JOIN_GROUP, 2, &join_body(&self.name, ""))?;
        self.await_rebalance()?;
        for other in &mut self.members {
            other
                .wire
                .send(JOIN_GROUP, 2, &join_body(&self.name, &other.id))?;
        }
        self.members.insert(0, member);
        self.stable()
    }

    /// All hear by their heartbeats that the group rebalances and join again. From the last join until all are stable.
    pub fn rejoin(&mut self) -> Result<Duration> {
        self.await_rebalance()?;
        self.generation()
    }

    fn await_rebalance(&mut self) -> Result<()> {
        let begun = Instant::now();
        for member in &mut self.members {
            loop {
                let body = Put::default()
                    .text(&self.name)
                    .i32(member.generation)
                    .text(&member.id);
                let mut reply = member.wire.call(HEARTBEAT, 1, body)?;
                reply.i32()?;
                if reply.i16()? == REBALANCE_IN_PROGRESS {
                    break;
                }
                ensure!(begun.elapsed() < LIMIT, "no rebalance");
                proc::pause(1);
            }
        }
        Ok(())
    }

    fn generation(&mut self) -> Result<Duration> {
        for member in &mut self.members {
            member
                .wire
                .send(JOIN_GROUP, 2, &join_body(&self.name, &member.id))?;
        }
        let begun = Instant::now();
        self.stable()?;
        Ok(begun.elapsed())
    }

    /// All joins are sent: reads their answers, brings and fetches the assignments.
    fn stable(&mut self) -> Result<()> {
        let mut leader = None;
        for (index, member) in self.members.iter_mut().enumerate() {
            let mut reply = member.wire.reply()?;
            reply.i32()?;
            let error = reply.i16()?;
            ensure!(error == 0, "JoinGroup answers error {error}");
            let generation = reply.i32()?;
            reply.skip_text()?;
            let led_by = reply.text()?;
            let id = reply.text()?;
            if led_by == id {
                leader = Some(index);
            }
            (member.generation, member.id) = (generation, id.to_owned());
        }
        let leader = leader.context("a leader")?;
        let ids: Vec<String> = self.members.iter().map(|member| member.id.clone()).collect();
        for (index, member) in self.members.iter_mut().enumerate() {
            let ids: &[String] = if index == leader { &ids } else { &[] };
            let body = Put::default()
                .text(&self.name)
                .i32(member.generation)
                .text(&member.id);
            let body = ids.iter().fold(body.i32(ids.len() as i32), |body, id| {
                body.text(id).bytes(id.as_bytes())
            });
            member.wire.send(SYNC_GROUP, 1, &body)?;
        }
        for member in &mut self.members {
            let mut reply = member.wire.reply()?;
            reply.i32()?;
            let error = reply.i16()?;
            ensure!(error == 0, "SyncGroup answers error {error}");
        }
        Ok(())
    }
}

/// JoinGroup v2 of a consumer that subscribes to nothing.
fn join_body(group: &str, id: &str) -> Put {
    let body = Put::default()
        .text(group)
        .i32(TIMEOUT_MS)
        .i32(TIMEOUT_MS)
        .text(id);
    let subscription = Put::default().i16(0).i32(0).i32(-1);
    body.text("consumer").i32(1).text("range").bytes(&subscription.0)
}
