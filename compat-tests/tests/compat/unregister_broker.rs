use compat_tests::errors::{BROKER_ID_NOT_REGISTERED, INVALID_REQUEST};
use compat_tests::obj;
use compat_tests::server::Broker;

#[test]
fn a_broker_that_is_not_there_cannot_be_forgotten() {
    let broker = Broker::start();
    let mut client = broker.client();
    for id in [77, -1] {
        let answer = client.call("UnregisterBroker", 0, obj! { broker_id: id });
        assert_eq!(answer["error_code"], BROKER_ID_NOT_REGISTERED);
        let text = format!("Broker ID {id} is not currently registered");
        assert_eq!(answer["error_message"], text.as_str());
    }
}

#[test]
fn the_only_broker_stays() {
    let broker = Broker::start();
    if !broker.is_own() {
        return; // Kafka would forget it
    }
    let mut client = broker.client();
    let id = client.call("DescribeCluster", 0, obj! {})["controller_id"].clone();
    let answer = client.call("UnregisterBroker", 0, obj! { broker_id: id });
    assert_eq!(answer["error_code"], INVALID_REQUEST);
    let brokers = client.call("DescribeCluster", 0, obj! {});
    assert_eq!(brokers["brokers"].list().len(), 1);
}
