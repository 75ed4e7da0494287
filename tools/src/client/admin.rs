//! What many tools ask: who is there, which topics there are, who leads them.

use std::time::Instant;

use protocol_shim::messages::metadata_request::MetadataRequestTopic;
use protocol_shim::messages::metadata_response::{MetadataResponseBroker, MetadataResponseTopic};
use protocol_shim::messages::{MetadataRequest, MetadataResponse, TopicName};
use protocol_shim::{Request, Response, StrBytes};

use super::routes::{Client, Node, To};
use super::{ClientError, Rpc as _};

/// First Metadata that can be asked for no topics, and tells the controller.
const NO_TOPICS: i16 = 1;
/// First Metadata that does not create what it is asked for.
const NO_CREATION: i16 = 4;

impl Client {
    /// Metadata of these topics, of all with `None`. Nothing is created by asking.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub(crate) fn metadata(
        &mut self,
        name: &str,
        topics: Option<&[String]>,
    ) -> Result<MetadataResponse, ClientError> {
        let response = self.call(name, To::Any, |version| metadata_request(version, topics))?;
        self.learn(&response);
        Ok(response)
    }

    /// All topics.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub(crate) fn all_topics(&mut self, name: &str) -> Result<Vec<MetadataResponseTopic>, ClientError> {
        Ok(self.metadata(name, None)?.topics)
    }

    /// The brokers, by id.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub(crate) fn brokers(&mut self, name: &str) -> Result<Vec<Node>, ClientError> {
        self.metadata(name, Some(&[]))?;
        Ok(self.nodes.values().cloned().collect())
    }

    /// Learns who is there, over whatever connection there is.
    pub(super) fn refresh(&mut self, deadline: Instant) -> std::io::Result<()> {
        let link = self.link(To::Any, deadline)?;
        let key = MetadataRequest::KEY;
        let version = link.version(key).ok_or(std::io::ErrorKind::Unsupported)?;
        let request = Request::Metadata(metadata_request(version, Some(&[])));
        let asked = link
            .send(version, &request)
            .and_then(|id| link.receive(key, version, id, deadline));
        match asked {
            Ok(Response::Metadata(response)) => {
                self.learn(&response);
                Ok(())
            }
            Ok(_) => Err(std::io::ErrorKind::InvalidData.into()),
            Err(error) => {
                self.drop_link(To::Any);
                Err(error)
            }
        }
    }

    fn learn(&mut self, response: &MetadataResponse) {
        let nodes = response.brokers.iter().map(node);
        self.nodes = nodes.map(|node| (node.id, node)).collect();
        self.controller = Some(response.controller_id.0).filter(|id| *id >= 0);
    }
}

fn node(broker: &MetadataResponseBroker) -> Node {
    Node {
        id: broker.node_id.0,
        host: broker.host.to_string(),
        port: broker.port,
        rack: broker.rack.as_ref().map(ToString::to_string),
    }
}

fn metadata_request(version: i16, topics: Option<&[String]>) -> MetadataRequest {
    let named = |name: &String| {
        let name = StrBytes::from_string(name.clone());
        MetadataRequestTopic::default().with_name(Some(TopicName(name)))
    };
    let topics = topics.map(|topics| topics.iter().map(named).collect());
    MetadataRequest::default()
        // Below, no topics means all of them.
        .with_topics(
            topics
                .filter(|_| version >= NO_TOPICS)
                .or((version < NO_TOPICS).then(Vec::new)),
        )
        .with_allow_auto_topic_creation(version < NO_CREATION)
}
