use compat_tests::errors::DELEGATION_TOKEN_REQUEST_NOT_ALLOWED;
use compat_tests::server::Broker;
use compat_tests::wire::{Value, versions};
use compat_tests::{list, obj};

#[test]
fn a_plain_listener_lists_no_tokens() {
    let broker = Broker::start();
    let mut client = broker.client();
    for version in versions("DescribeDelegationToken") {
        for owners in [list![], Value::Null] {
            let answer = client.call("DescribeDelegationToken", version, obj! { owners: owners });
            assert_eq!(
                answer["error_code"], DELEGATION_TOKEN_REQUEST_NOT_ALLOWED,
                "v{version}"
            );
            assert_eq!(answer["tokens"].list().len(), 0);
        }
    }
}
