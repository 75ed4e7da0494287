use compat_tests::errors::{NONE, UNSUPPORTED_VERSION};
use compat_tests::obj;
use compat_tests::server::Broker;
use compat_tests::wire::versions;

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
        // MISMATCHED_ENDPOINT_TYPE
        assert_eq!(response["error_code"], 114, "v{version}: {response:?}");
        let response = client.call("DescribeCluster", version, obj! { endpoint_type: 9 });
        let code = response["error_code"].int() as i16;
        assert!(
            [115, 114, UNSUPPORTED_VERSION].contains(&code),
            "v{version}: {response:?}"
        );
    }
}

#[test]
fn the_advertised_address_is_the_one_dialled() {
    let Some(broker) = compat_tests::server::Options::new().start() else {
        return;
    };
    // 127.0.0.2 leads to no socket of this broker; the name that was dialled does.
    let mut client = broker.client();
    let metadata = client.call("Metadata", 12, obj! {});
    let cluster = client.call("DescribeCluster", 1, obj! {});
    let coordinator = client.call("FindCoordinator", 1, obj! { key: "g" });
    assert_eq!(metadata["brokers"][0]["host"], "127.0.0.1");
    assert_eq!(cluster["brokers"][0]["host"], "127.0.0.1");
    assert_eq!(coordinator["host"], "127.0.0.1");
}

#[test]
fn advertised_listeners_win_over_the_dialled_address() {
    let options =
        compat_tests::server::Options::new().set("advertised.listeners", "PLAINTEXT://broker.example:4711");
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
