//! What the tool asks the cluster.

use protocol_shim::StrBytes;
use protocol_shim::messages::create_acls_request::AclCreation;
use protocol_shim::messages::delete_acls_request::DeleteAclsFilter;
use protocol_shim::messages::{CreateAclsRequest, DeleteAclsRequest, DescribeAclsRequest};

use super::names::{ANY, Entry, Resource};
use super::wanted::Rules;
use crate::client::{Client, ClientError, To};

fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

impl Client {
    /// The rules about a resource.
    ///
    /// # Errors
    /// As [`Client::call`], and what the broker refuses.
    pub(super) fn describe_acls(&mut self, resource: &Resource) -> Result<Rules, ClientError> {
        let response = self.call("describeAcls", To::Any, |_| {
            DescribeAclsRequest::default()
                .with_resource_type_filter(resource.kind)
                .with_resource_name_filter(resource.name.as_deref().map(text))
                .with_pattern_type_filter(resource.pattern)
                .with_principal_filter(None)
                .with_host_filter(None)
                .with_operation(ANY)
                .with_permission_type(ANY)
        })?;
        ClientError::check(response.error_code, response.error_message.as_deref())?;
        let rules = response.resources.into_iter().map(|found| {
            let entries = found.acls.into_iter().map(|acl| Entry {
                principal: acl.principal.to_string(),
                host: acl.host.to_string(),
                operation: acl.operation,
                permission: acl.permission_type,
            });
            let resource = Resource {
                kind: found.resource_type,
                name: Some(found.resource_name.to_string()),
                pattern: found.pattern_type,
            };
            (resource, entries.collect())
        });
        Ok(rules.collect())
    }

    /// Adds rules.
    ///
    /// # Errors
    /// As [`Client::call`], and the first that the broker refuses.
    pub(super) fn create_acls(&mut self, resource: &Resource, entries: &[Entry]) -> Result<(), ClientError> {
        let creation = |entry: &Entry| {
            AclCreation::default()
                .with_resource_type(resource.kind)
                .with_resource_name(text(resource.name.as_deref().unwrap_or_default()))
                .with_resource_pattern_type(resource.pattern)
                .with_principal(text(&entry.principal))
                .with_host(text(&entry.host))
                .with_operation(entry.operation)
                .with_permission_type(entry.permission)
        };
        let response = self.call("createAcls", To::Any, |_| {
            CreateAclsRequest::default().with_creations(entries.iter().map(creation).collect())
        })?;
        let mut results = response.results.iter();
        results.try_for_each(|result| ClientError::check(result.error_code, result.error_message.as_deref()))
    }

    /// Removes rules about a resource; without entries, all.
    ///
    /// # Errors
    /// As [`Client::call`], and the first that the broker refuses.
    pub(super) fn delete_acls(&mut self, resource: &Resource, entries: &[Entry]) -> Result<(), ClientError> {
        let filter = |entry: Option<&Entry>| {
            DeleteAclsFilter::default()
                .with_resource_type_filter(resource.kind)
                .with_resource_name_filter(resource.name.as_deref().map(text))
                .with_pattern_type_filter(resource.pattern)
                .with_principal_filter(entry.map(|entry| text(&entry.principal)))
                .with_host_filter(entry.map(|entry| text(&entry.host)))
                .with_operation(entry.map_or(ANY, |entry| entry.operation))
                .with_permission_type(entry.map_or(ANY, |entry| entry.permission))
        };
        let filters: Vec<_> = match entries {
            [] => vec![filter(None)],
            entries => entries.iter().map(|entry| filter(Some(entry))).collect(),
        };
        let response = self.call("deleteAcls", To::Any, |_| {
            DeleteAclsRequest::default().with_filters(filters.clone())
        })?;
        for result in &response.filter_results {
            ClientError::check(result.error_code, result.error_message.as_deref())?;
            for matched in &result.matching_acls {
                ClientError::check(matched.error_code, matched.error_message.as_deref())?;
            }
        }
        Ok(())
    }
}
