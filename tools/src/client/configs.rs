//! Configs of topics, brokers and the rest: asked for and changed.

use protocol_shim::StrBytes;
use protocol_shim::messages::describe_configs_request::DescribeConfigsResource;
use protocol_shim::messages::describe_configs_response::DescribeConfigsResult;
use protocol_shim::messages::incremental_alter_configs_request::{AlterConfigsResource, AlterableConfig};
use protocol_shim::messages::{DescribeConfigsRequest, IncrementalAlterConfigsRequest};

use super::{Client, ClientError, To};

/// A kind of thing with configs (`ConfigResource.Type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i8)]
pub(crate) enum Kind {
    /// A topic.
    Topic = 2,
    /// A broker, or with an empty name the default of all.
    Broker = 4,
    /// The loggers of a broker.
    BrokerLogger = 8,
    /// A subscription of client metrics.
    ClientMetrics = 16,
    /// A group.
    Group = 32,
}

/// How a config is changed (`AlterConfigOp.OpType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i8)]
pub(crate) enum Change {
    /// To this value.
    Set = 0,
    /// Back to what it would be.
    Delete = 1,
}

/// One config's change: name, how, value.
pub(crate) type ConfigChange = (String, Change, Option<String>);

impl Client {
    /// Configs of these things, with synonyms if wanted.
    ///
    /// # Errors
    /// As [`Client::call`], and the first that the broker refuses.
    pub(crate) fn describe_configs(
        &mut self,
        kind: Kind,
        names: &[String],
        synonyms: bool,
    ) -> Result<Vec<DescribeConfigsResult>, ClientError> {
        let mut results = Vec::new();
        for (to, names) in self.routes(kind, names) {
            let resource = |name: &String| {
                DescribeConfigsResource::default()
                    .with_resource_type(kind as i8)
                    .with_resource_name(StrBytes::from_string(name.clone()))
            };
            let response = self.call("describeConfigs", to, |_| {
                DescribeConfigsRequest::default()
                    .with_resources(names.iter().map(resource).collect())
                    .with_include_synonyms(synonyms)
            })?;
            for result in response.results {
                ClientError::check(result.error_code, result.error_message.as_deref())?;
                results.push(result);
            }
        }
        Ok(results)
    }

    /// Changes configs of one thing.
    ///
    /// # Errors
    /// As [`Client::call`], and what the broker refuses.
    pub(crate) fn alter_configs(
        &mut self,
        kind: Kind,
        name: &str,
        changes: &[ConfigChange],
        validate_only: bool,
    ) -> Result<(), ClientError> {
        let changed = |(name, how, value): &ConfigChange| {
            AlterableConfig::default()
                .with_name(StrBytes::from_string(name.clone()))
                .with_config_operation(*how as i8)
                .with_value(value.clone().map(StrBytes::from_string))
        };
        for (to, _) in self.routes(kind, &[name.to_owned()]) {
            let response = self.call("incrementalAlterConfigs", to, |_| {
                let resource = AlterConfigsResource::default()
                    .with_resource_type(kind as i8)
                    .with_resource_name(StrBytes::from_string(name.to_owned()))
                    .with_configs(changes.iter().map(changed).collect());
                IncrementalAlterConfigsRequest::default()
                    .with_resources(vec![resource])
                    .with_validate_only(validate_only)
            })?;
            for result in &response.responses {
                ClientError::check(result.error_code, result.error_message.as_deref())?;
            }
        }
        Ok(())
    }

    /// A broker knows its own configs best; anybody knows the others.
    fn routes(&self, kind: Kind, names: &[String]) -> Vec<(To, Vec<String>)> {
        let is_own = matches!(kind, Kind::Broker | Kind::BrokerLogger) && !self.config.is_controller;
        let to = |name: &String| match name.parse() {
            Ok(id) if is_own => To::Node(id),
            _ => To::Any,
        };
        let mut routes: Vec<(To, Vec<String>)> = Vec::new();
        for name in names {
            match routes.iter_mut().find(|(known, _)| *known == to(name)) {
                Some((_, names)) => names.push(name.clone()),
                None => routes.push((to(name), vec![name.clone()])),
            }
        }
        routes
    }
}
