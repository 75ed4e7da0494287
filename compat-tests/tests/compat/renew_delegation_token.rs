use compat_tests::errors::DELEGATION_TOKEN_REQUEST_NOT_ALLOWED;
use compat_tests::obj;
use compat_tests::server::Broker;
use compat_tests::wire::versions;

#[test]
fn a_plain_listener_knows_no_tokens() {
    let broker = Broker::start();
    let mut client = broker.client();
    for version in versions("RenewDelegationToken") {
        let request = obj! { hmac: vec![1u8, 2], renew_period_ms: 1000i64 };
        let answer = client.call("RenewDelegationToken", version, request);
        assert_eq!(
            answer["error_code"], DELEGATION_TOKEN_REQUEST_NOT_ALLOWED,
            "v{version}"
        );
        assert_eq!(answer["expiry_timestamp_ms"], -1i64, "v{version}");
    }
}
