use compat_tests::errors::{
    FENCED_INSTANCE_ID, ILLEGAL_GENERATION, INVALID_GROUP_ID, NONE, UNKNOWN_MEMBER_ID,
};
use compat_tests::groups::{Join, Member, await_coordinator, state};
use compat_tests::server::Broker;
use compat_tests::wire::versions;
use compat_tests::{eventually, unique};

#[test]
fn every_version_keeps_a_member_alive() {
    let broker = Broker::start();
    let mut client = broker.client();
    let member = Member::alone(&mut client, &unique("g"));
    for version in versions("Heartbeat") {
        let answer = client.call("Heartbeat", version, member.heartbeat_request());
        assert_eq!(answer["error_code"], NONE, "v{version}");
    }
}

#[test]
fn wrong_heartbeats_are_refused() {
    let broker = Broker::start();
    let mut client = broker.client();
    let member = Member::alone_as(&mut client, Join::new(&unique("g")).instance("i1"));
    let mut code = |change: fn(&mut Member)| {
        let mut wrong = member.clone();
        change(&mut wrong);
        wrong.heartbeat(&mut client)
    };
    assert_eq!(code(|_| {}), NONE);
    assert_eq!(code(|m| m.generation += 1), ILLEGAL_GENERATION);
    assert_eq!(code(|m| m.generation -= 1), ILLEGAL_GENERATION);
    assert_eq!(code(|m| m.group = unique("absent")), UNKNOWN_MEMBER_ID);
    assert_eq!(code(|m| m.group = String::new()), INVALID_GROUP_ID);
    assert_eq!(
        code(|m| (m.id, m.instance_id) = ("nobody".to_owned(), None)),
        UNKNOWN_MEMBER_ID
    );
    assert_eq!(code(|m| m.id = "nobody".to_owned()), FENCED_INSTANCE_ID);
}

#[test]
fn before_the_assignment_a_member_may_beat() {
    let broker = Broker::start();
    let mut client = broker.client();
    let group = unique("g");
    await_coordinator(&mut client, &group);
    let join = Join::new(&group);
    let member = Member::joined(&join, &join.call(&mut client, 5));
    assert_eq!(state(&mut client, &group), "CompletingRebalance");
    assert_eq!(member.heartbeat(&mut client), NONE);
}

#[test]
fn who_stays_silent_for_its_session_is_out() {
    let broker = Broker::start();
    let mut client = broker.client();
    let group = unique("g");
    // Six seconds are the least that Kafka takes.
    let silent = Member::alone_as(&mut client, Join::new(&group).session(6000));
    eventually("the group is empty", || state(&mut client, &group) == "Empty");
    assert_eq!(silent.heartbeat(&mut client), UNKNOWN_MEMBER_ID);
}
