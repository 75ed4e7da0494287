use compat_tests::errors::SECURITY_DISABLED;
use compat_tests::server::Broker;
use compat_tests::wire::versions;
use compat_tests::{list, obj};

#[test]
fn without_an_authorizer_every_rule_is_refused() {
    let broker = Broker::start();
    let mut client = broker.client();
    for version in versions("CreateAcls") {
        let rule = |principal: &str| {
            obj! {
                resource_type: 2, resource_name: "topic", resource_pattern_type: 3, principal: principal,
                host: "*", operation: 3, permission_type: 3,
            }
        };
        let rules = list![rule("User:me"), rule("nonsense")];
        let answer = client.call("CreateAcls", version, obj! { creations: rules });
        assert_eq!(answer["results"].list().len(), 2, "v{version}");
        for result in answer["results"].list() {
            assert_eq!(result["error_code"], SECURITY_DISABLED, "v{version}");
            assert_eq!(result["error_message"], "No Authorizer is configured.");
        }
        let nothing = client.call("CreateAcls", version, obj! { creations: list![] });
        assert_eq!(nothing["results"].list().len(), 0);
    }
}
