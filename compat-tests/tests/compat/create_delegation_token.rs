use compat_tests::errors::DELEGATION_TOKEN_REQUEST_NOT_ALLOWED;
use compat_tests::server::Broker;
use compat_tests::wire::versions;
use compat_tests::{list, obj};

#[test]
fn a_plain_listener_gives_no_tokens() {
    let broker = Broker::start();
    let mut client = broker.client();
    for version in versions("CreateDelegationToken") {
        let mut request = obj! {
            renewers: list![obj! { principal_type: "User", principal_name: "other" }],
            max_lifetime_ms: 1000i64,
        };
        if version >= 3 {
            request.set("owner_principal_type", "User");
            request.set("owner_principal_name", "bob");
        }
        let answer = client.call("CreateDelegationToken", version, request);
        assert_eq!(
            answer["error_code"], DELEGATION_TOKEN_REQUEST_NOT_ALLOWED,
            "v{version}"
        );
        let owner = if version >= 3 { "bob" } else { "ANONYMOUS" };
        assert_eq!(answer["principal_type"], "User");
        assert_eq!(answer["principal_name"], owner, "v{version}");
        if version >= 3 {
            assert_eq!(answer["token_requester_principal_name"], "ANONYMOUS");
        }
        for time in ["issue_timestamp_ms", "expiry_timestamp_ms", "max_timestamp_ms"] {
            assert_eq!(answer[time], -1i64, "v{version} {time}");
        }
        assert_eq!(answer["token_id"], "");
    }
}
