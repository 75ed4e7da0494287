use std::net::SocketAddr;

use compat_tests::errors::{INVALID_REQUEST, MISMATCHED_ENDPOINT_TYPE, NONE, UNSUPPORTED_ENDPOINT_TYPE};
use compat_tests::server::{Broker, Options};
use compat_tests::wire::{Client, versions};
use compat_tests::{list, obj};

#[test]
fn every_version_names_the_cluster_and_its_one_broker() {
    let broker = Broker::start();
    let mut client = broker.client();
    let metadata = client.call("Metadata", 12, obj! {});
    for version in versions("DescribeCluster") {
        let response = client.call("DescribeCluster", version, obj! {});
        assert_eq!(response["error_code"], NONE, "v{version}");
        assert!(response["error_message"].is_null(), "v{version}");
        assert_eq!(response["cluster_id"], metadata["cluster_id"], "v{version}");
        assert_eq!(
            response["controller_id"], metadata["brokers"][0]["node_id"],
            "v{version}"
        );
        let node = &response["brokers"][0];
        assert_eq!(response["brokers"].list().len(), 1);
        assert_eq!(node["broker_id"], metadata["brokers"][0]["node_id"]);
        assert_eq!(node["host"], broker.addr().ip().to_string().as_str());
        assert_eq!(node["port"], i32::from(broker.addr().port()));
        assert!(node["rack"].is_null());
        assert_eq!(
            response["cluster_authorized_operations"],
            i32::MIN,
            "v{version}: not asked for"
        );
        let asked = obj! { include_cluster_authorized_operations: true };
        let asked = client.call("DescribeCluster", version, asked);
        assert!(asked["cluster_authorized_operations"].int() > 0, "v{version}");
        if version >= 1 {
            assert_eq!(response["endpoint_type"], 1);
        }
        if version >= 2 {
            assert_eq!(node["is_fenced"], false);
        }
    }
}

#[test]
fn a_broker_does_not_answer_for_controllers() {
    let broker = Broker::start();
    let mut client = broker.client();
    for version in 1..=2 {
        let response = client.call("DescribeCluster", version, obj! { endpoint_type: 2 });
        assert_eq!(
            response["error_code"], MISMATCHED_ENDPOINT_TYPE,
            "v{version}: {response:?}"
        );
        let response = client.call("DescribeCluster", version, obj! { endpoint_type: 9 });
        assert_eq!(
            response["error_code"], UNSUPPORTED_ENDPOINT_TYPE,
            "v{version}: {response:?}"
        );
    }
}

/// The broker's address as Metadata, DescribeCluster and FindCoordinator tell it to who dialled `addr`.
fn told(addr: SocketAddr) -> [(String, i64); 3] {
    let mut client = Client::connect(addr);
    let metadata = client.call("Metadata", 12, obj! {});
    let cluster = client.call("DescribeCluster", 1, obj! {});
    let coordinator = client.call("FindCoordinator", 1, obj! { key: "g" });
    [&metadata["brokers"][0], &cluster["brokers"][0], &coordinator]
        .map(|node| (node["host"].str().to_owned(), node["port"].int()))
}

#[test]
fn the_advertised_address_is_the_one_dialled() {
    let Some(broker) = Options::new().arg("--listen").arg("[::1]:0").start() else {
        return;
    };
    for addr in broker.addresses() {
        let wanted = (addr.ip().to_string(), i64::from(addr.port()));
        assert_eq!(told(addr), [wanted.clone(), wanted.clone(), wanted]);
    }
}

#[test]
fn on_both_loopbacks_the_name_leads_back() {
    let Some(broker) = Options::new().arg("--listen").arg("localhost:0").start() else {
        return;
    };
    for addr in broker.addresses().into_iter().skip(1) {
        for (host, port) in told(addr) {
            assert_eq!(port, i64::from(addr.port()));
            assert!(
                host == "localhost" || host == addr.ip().to_string(),
                "{addr}: {host}"
            );
            // Whatever it is called, it must lead back here.
            std::net::TcpStream::connect((host.as_str(), port as u16))
                .expect("the advertised address answers");
        }
    }
}

#[test]
fn advertised_listeners_win_over_the_dialled_address() {
    let options = Options::new().set("advertised.listeners", "PLAINTEXT://broker.example:4711");
    let Some(broker) = options.start() else { return };
    let mut client = broker.client();
    let metadata = client.call("Metadata", 12, obj! {});
    let node = &metadata["brokers"][0];
    assert_eq!((node["host"].str(), node["port"].int()), ("broker.example", 4711));
    let coordinator = client.call("FindCoordinator", 1, obj! { key: "g" });
    assert_eq!(
        (coordinator["host"].str(), coordinator["port"].int()),
        ("broker.example", 4711)
    );
}

#[test]
fn advertised_listeners_act_at_once_when_they_are_altered() {
    let Some(broker) = Options::new().start() else {
        return;
    };
    let mut client = broker.client();
    let mut alter = |operation: i8, value: Option<&str>| {
        let config = obj! { name: "advertised.listeners", config_operation: operation, value: value };
        let resource = obj! { resource_type: 4i8, resource_name: "1", configs: list![config] };
        let answer = client.call("IncrementalAlterConfigs", 1, obj! { resources: list![resource] });
        answer["responses"][0]["error_code"].int() as i16
    };
    let dialled = (broker.addr().ip().to_string(), i64::from(broker.addr().port()));
    assert_eq!(alter(0, Some("PLAINTEXT://broker.example:4711")), NONE);
    let wanted = ("broker.example".to_owned(), 4711);
    assert_eq!(
        told(broker.addr()),
        [wanted.clone(), wanted.clone(), wanted.clone()]
    );
    // A listener that is not there, and an address that nobody can dial.
    assert_eq!(alter(0, Some("EXT://broker.example:4711")), INVALID_REQUEST);
    assert_eq!(alter(0, Some("PLAINTEXT://0.0.0.0:4711")), INVALID_REQUEST);
    assert_eq!(told(broker.addr()), [wanted.clone(), wanted.clone(), wanted]);
    // Only the port is told: the host is the one dialled.
    assert_eq!(alter(0, Some("PLAINTEXT://:4711")), NONE);
    assert_eq!(told(broker.addr())[0], (dialled.0.clone(), 4711));
    assert_eq!(alter(1, None), NONE);
    assert_eq!(told(broker.addr()), [dialled.clone(), dialled.clone(), dialled]);
}
