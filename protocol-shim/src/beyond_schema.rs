//! What Kafka's request classes refuse although the schema allows it: such a request costs its connection, like one
//! that cannot be read.

use kafka_protocol::messages as crate_messages;

use crate::request::Request;

/// One sentence about what is wrong.
pub(crate) fn refused(request: &Request, version: i16) -> Option<&'static str> {
    match request {
        Request::Metadata(request) if version == 0 && request.topics.is_none() => {
            Some("null for the topics, which is allowed from v1 on")
        }
        Request::DescribeAcls(filter) => named([
            filter.resource_type_filter,
            filter.pattern_type_filter,
            filter.operation,
            filter.permission_type,
        ]),
        Request::CreateAcls(request) => request.creations.iter().find_map(creation),
        Request::DeleteAcls(request) => request.filters.iter().find_map(filter),
        _ => None,
    }
}

fn creation(one: &crate_messages::create_acls_request::AclCreation) -> Option<&'static str> {
    named([
        one.resource_type,
        one.resource_pattern_type,
        one.operation,
        one.permission_type,
    ])
}

fn filter(one: &crate_messages::delete_acls_request::DeleteAclsFilter) -> Option<&'static str> {
    named([
        one.resource_type_filter,
        one.pattern_type_filter,
        one.operation,
        one.permission_type,
    ])
}

/// Kafka looks for the number that stands for an unknown kind; those beyond the last kind it lets pass.
fn named(numbers: [i8; 4]) -> Option<&'static str> {
    let is_unknown = numbers.contains(&0);
    is_unknown.then_some("an unknown kind of resource, pattern, operation or permission")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_the_unknown_is_refused() {
        assert_eq!(named([2, 3, 15, 1]), None);
        assert_eq!(named([-1, 9, 99, 7]), None);
        for at in 0..4 {
            let mut numbers = [2, 3, 3, 3];
            numbers[at] = 0;
            assert!(named(numbers).is_some());
        }
    }
}
