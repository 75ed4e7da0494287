use compat_tests::errors::ILLEGAL_SASL_STATE;
use compat_tests::obj;
use compat_tests::server::Broker;
use compat_tests::wire::versions;

#[test]
fn a_plain_listener_has_no_mechanism_to_choose() {
    let broker = Broker::start();
    let mut client = broker.client();
    for version in versions("SaslHandshake") {
        let answer = client.call("SaslHandshake", version, obj! { mechanism: "PLAIN" });
        assert_eq!(answer["error_code"], ILLEGAL_SASL_STATE, "v{version}");
        assert_eq!(answer["mechanisms"].list().len(), 0, "v{version}");
    }
}
