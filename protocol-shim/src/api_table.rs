//! The one table of APIs that the broker speaks: ApiVersions, dispatch and the documentation come from it.

use kafka_protocol::messages::api_versions_response::ApiVersion;

/// One API: its key, name and versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApiRow {
    /// Key on the wire.
    pub key: ApiKey,
    /// Kafka's name of the API.
    pub name: &'static str,
    /// Lowest version that is served.
    pub min: i16,
    /// Highest version that is served.
    pub max: i16,
    /// Lowest version that ApiVersions tells. Differs from `min` for Produce only: librdkafka before 2.11.1 sends
    /// uncompressed batches unless the range starts at 0 (KAFKA-18659).
    pub advertised_min: i16,
    /// First version with compact lengths and tagged fields; `None` for an API that never has them.
    pub first_flexible: Option<i16>,
    /// Release of Ottla that served the API first.
    pub since: &'static str,
    /// Whether a controller's listener serves it beside the brokers' (Kafka: `listeners` of the message schema). Some
    /// are served by controllers alone in Kafka; they are for brokers and voters among themselves, which Ottla has not.
    pub on_controller: bool,
}

impl ApiRow {
    /// Whether requests of this version are served.
    pub const fn serves(&self, version: i16) -> bool {
        self.min <= version && version <= self.max
    }

    /// Whether this version has compact lengths and tagged fields.
    pub const fn is_flexible(&self, version: i16) -> bool {
        match self.first_flexible {
            Some(first) => version >= first,
            None => false,
        }
    }

    /// The range of versions as an ApiVersions response tells it.
    pub fn advertised(&self) -> ApiVersion {
        ApiVersion::default()
            .with_api_key(self.key.code())
            .with_min_version(self.advertised_min)
            .with_max_version(self.max)
    }

    /// Version of the request header (1, or 2 with tagged fields).
    pub const fn request_header_version(&self, version: i16) -> i16 {
        if self.is_flexible(version) { 2 } else { 1 }
    }

    /// Version of the response header (0, or 1 with tagged fields). Always 0 for ApiVersions: a client that has just
    /// asked for a version that is too new could not read anything else (KIP-511).
    pub const fn response_header_version(&self, version: i16) -> i16 {
        if self.is_flexible(version) && !matches!(self.key, ApiKey::ApiVersions) {
            1
        } else {
            0
        }
    }
}

macro_rules! on_controller {
    () => {
        false
    };
    (controller) => {
        true
    };
}

macro_rules! apis {
    ($($name:ident = $code:literal, $min:literal..=$max:literal, advertised $advertised:literal, flexible $flexible:expr, since $since:literal $(, on $controller:ident)?;)+) => {
        /// An API that the broker serves; the discriminant is Kafka's key.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(i16)]
        pub enum ApiKey {
            $(#[doc = concat!("Kafka's `", stringify!($name), "`, key ", $code, ".")] $name = $code,)+
        }

        impl ApiKey {
            /// The API with this key, or `None` when it is not served.
            pub const fn from_code(code: i16) -> Option<ApiKey> {
                match code {
                    $($code => Some(ApiKey::$name),)+
                    _ => None,
                }
            }

            /// The row of the table.
            pub const fn row(self) -> &'static ApiRow {
                match self {
                    $(ApiKey::$name => {
                        const ROW: ApiRow = ApiRow {
                            key: ApiKey::$name,
                            name: stringify!($name),
                            min: $min,
                            max: $max,
                            advertised_min: $advertised,
                            first_flexible: $flexible,
                            since: $since,
                            on_controller: on_controller!($($controller)?),
                        };
                        &ROW
                    })+
                }
            }
        }

        /// Every API that is served, in the order of the keys.
        pub const API_TABLE: [ApiRow; [$($code),+].len()] = [$(*ApiKey::$name.row()),+];
    };
}

apis! {
    Produce                     =  0, 3..=13, advertised 0, flexible Some(9),  since "0.1";
    Fetch                       =  1, 4..=18, advertised 4, flexible Some(12), since "0.1";
    ListOffsets                 =  2, 1..=11, advertised 1, flexible Some(6),  since "0.1";
    Metadata                    =  3, 0..=13, advertised 0, flexible Some(9),  since "0.1";
    OffsetCommit                =  8, 2..=10, advertised 2, flexible Some(8),  since "0.1";
    OffsetFetch                 =  9, 1..=10, advertised 1, flexible Some(6),  since "0.1";
    FindCoordinator             = 10, 0..=6,  advertised 0, flexible Some(3),  since "0.1";
    JoinGroup                   = 11, 0..=9,  advertised 0, flexible Some(6),  since "0.1";
    Heartbeat                   = 12, 0..=4,  advertised 0, flexible Some(4),  since "0.1";
    LeaveGroup                  = 13, 0..=5,  advertised 0, flexible Some(4),  since "0.1";
    SyncGroup                   = 14, 0..=5,  advertised 0, flexible Some(4),  since "0.1";
    DescribeGroups              = 15, 0..=6,  advertised 0, flexible Some(5),  since "0.1";
    ListGroups                  = 16, 0..=5,  advertised 0, flexible Some(3),  since "0.1";
    SaslHandshake               = 17, 0..=1,  advertised 0, flexible None,     since "0.1", on controller;
    ApiVersions                 = 18, 0..=4,  advertised 0, flexible Some(3),  since "0.1", on controller;
    CreateTopics                = 19, 2..=7,  advertised 2, flexible Some(5),  since "0.1", on controller;
    DeleteTopics                = 20, 1..=6,  advertised 1, flexible Some(4),  since "0.1", on controller;
    DeleteRecords               = 21, 0..=2,  advertised 0, flexible Some(2),  since "0.1";
    InitProducerId              = 22, 0..=5,  advertised 0, flexible Some(2),  since "0.1";
    OffsetForLeaderEpoch        = 23, 2..=4,  advertised 2, flexible Some(4),  since "0.1";
    AddPartitionsToTxn          = 24, 0..=5,  advertised 0, flexible Some(3),  since "0.1";
    AddOffsetsToTxn             = 25, 0..=4,  advertised 0, flexible Some(3),  since "0.1";
    EndTxn                      = 26, 0..=5,  advertised 0, flexible Some(3),  since "0.1";
    WriteTxnMarkers             = 27, 1..=2,  advertised 1, flexible Some(1),  since "0.1";
    TxnOffsetCommit             = 28, 0..=5,  advertised 0, flexible Some(3),  since "0.1";
    DescribeAcls                = 29, 1..=3,  advertised 1, flexible Some(2),  since "0.1", on controller;
    CreateAcls                  = 30, 1..=3,  advertised 1, flexible Some(2),  since "0.1", on controller;
    DeleteAcls                  = 31, 1..=3,  advertised 1, flexible Some(2),  since "0.1", on controller;
    DescribeConfigs             = 32, 1..=4,  advertised 1, flexible Some(4),  since "0.1", on controller;
    AlterConfigs                = 33, 0..=2,  advertised 0, flexible Some(2),  since "0.1", on controller;
    AlterReplicaLogDirs         = 34, 1..=2,  advertised 1, flexible Some(2),  since "0.1";
    DescribeLogDirs             = 35, 1..=5,  advertised 1, flexible Some(2),  since "0.1";
    CreatePartitions            = 37, 0..=3,  advertised 0, flexible Some(2),  since "0.1", on controller;
    CreateDelegationToken       = 38, 1..=3,  advertised 1, flexible Some(2),  since "0.1", on controller;
    RenewDelegationToken        = 39, 1..=2,  advertised 1, flexible Some(2),  since "0.1", on controller;
    ExpireDelegationToken       = 40, 1..=2,  advertised 1, flexible Some(2),  since "0.1", on controller;
    DescribeDelegationToken     = 41, 1..=3,  advertised 1, flexible Some(2),  since "0.1", on controller;
    DeleteGroups                = 42, 0..=2,  advertised 0, flexible Some(2),  since "0.1";
    ElectLeaders                = 43, 0..=2,  advertised 0, flexible Some(2),  since "0.1", on controller;
    IncrementalAlterConfigs     = 44, 0..=1,  advertised 0, flexible Some(1),  since "0.1", on controller;
    AlterPartitionReassignments = 45, 0..=1,  advertised 0, flexible Some(0),  since "0.1", on controller;
    ListPartitionReassignments  = 46, 0..=0,  advertised 0, flexible Some(0),  since "0.1", on controller;
    OffsetDelete                = 47, 0..=0,  advertised 0, flexible None,     since "0.1";
    DescribeClientQuotas        = 48, 0..=1,  advertised 0, flexible Some(1),  since "0.1";
    AlterClientQuotas           = 49, 0..=1,  advertised 0, flexible Some(1),  since "0.1", on controller;
    DescribeQuorum              = 55, 0..=2,  advertised 0, flexible Some(0),  since "0.1", on controller;
    UpdateFeatures              = 57, 0..=2,  advertised 0, flexible Some(0),  since "0.1", on controller;
    DescribeCluster             = 60, 0..=2,  advertised 0, flexible Some(0),  since "0.1", on controller;
    DescribeProducers           = 61, 0..=0,  advertised 0, flexible Some(0),  since "0.1";
    UnregisterBroker            = 64, 0..=0,  advertised 0, flexible Some(0),  since "0.1", on controller;
    DescribeTransactions        = 65, 0..=0,  advertised 0, flexible Some(0),  since "0.1";
    ListTransactions            = 66, 0..=2,  advertised 0, flexible Some(0),  since "0.1";
    ConsumerGroupHeartbeat      = 68, 0..=1,  advertised 0, flexible Some(0),  since "0.1";
    ConsumerGroupDescribe       = 69, 0..=1,  advertised 0, flexible Some(0),  since "0.1";
    ListConfigResources         = 74, 0..=1,  advertised 0, flexible Some(0),  since "0.1";
    DescribeTopicPartitions     = 75, 0..=0,  advertised 0, flexible Some(0),  since "0.1";
}

impl ApiKey {
    /// Key on the wire.
    pub const fn code(self) -> i16 {
        self as i16
    }

    /// Kafka's name of the API.
    pub const fn name(self) -> &'static str {
        self.row().name
    }
}

impl std::fmt::Display for ApiKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
