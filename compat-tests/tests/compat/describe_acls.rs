use compat_tests::errors::SECURITY_DISABLED;
use compat_tests::obj;
use compat_tests::server::Broker;
use compat_tests::wire::versions;

#[test]
fn without_an_authorizer_there_are_no_rules_to_tell() {
    let broker = Broker::start();
    let mut client = broker.client();
    for version in versions("DescribeAcls") {
        let filter = obj! {
            resource_type_filter: 2, resource_name_filter: "topic", pattern_type_filter: 3,
            principal_filter: "User:me", host_filter: "*", operation: 2, permission_type: 3,
        };
        let answer = client.call("DescribeAcls", version, filter);
        assert_eq!(answer["error_code"], SECURITY_DISABLED, "v{version}");
        assert_eq!(
            answer["error_message"],
            "No Authorizer is configured on the broker"
        );
        assert_eq!(answer["resources"].list().len(), 0);
    }
}
