use compat_tests::errors::SECURITY_DISABLED;
use compat_tests::server::Broker;
use compat_tests::wire::versions;
use compat_tests::{list, obj};

#[test]
fn without_an_authorizer_every_filter_is_refused() {
    let broker = Broker::start();
    let mut client = broker.client();
    for version in versions("DeleteAcls") {
        let filter = obj! {
            resource_type_filter: 2, resource_name_filter: "topic", pattern_type_filter: 3,
            principal_filter: "User:me", host_filter: "*", operation: 3, permission_type: 3,
        };
        let answer = client.call("DeleteAcls", version, obj! { filters: list![filter] });
        let results = answer["filter_results"].list();
        assert_eq!(results.len(), 1, "v{version}");
        assert_eq!(results[0]["error_code"], SECURITY_DISABLED, "v{version}");
        assert_eq!(results[0]["error_message"], "No Authorizer is configured.");
        assert_eq!(results[0]["matching_acls"].list().len(), 0);
    }
}
