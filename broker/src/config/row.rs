//! What one row of the config table says, and the macro that the row files are written with.

/// Type of a value, named as DescribeConfigs and Kafka's `ConfigDef` name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`, in any case.
    Bool,
    /// 32-bit integer.
    Int,
    /// 16-bit integer.
    Short,
    /// 64-bit integer.
    Long,
    /// 64-bit float.
    Double,
    /// Text, trimmed.
    Text,
    /// Comma-separated list.
    List,
    /// Secret text: never shown, never logged.
    Password,
    /// Name of a Java class; Ottla stores it and loads nothing.
    Class,
}

impl Kind {
    /// Name of the type in Kafka's words (`boolean`, `int`, …).
    pub fn name(self) -> &'static str {
        match self {
            Kind::Bool => "boolean",
            Kind::Int => "int",
            Kind::Short => "short",
            Kind::Long => "long",
            Kind::Double => "double",
            Kind::Text => "string",
            Kind::List => "list",
            Kind::Password => "password",
            Kind::Class => "class",
        }
    }
}

/// What a config belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// The broker (resource type BROKER).
    Broker,
    /// One topic (resource type TOPIC).
    Topic,
    /// One group (resource type GROUP).
    Group,
    /// One client metrics subscription (resource type CLIENT_METRICS).
    ClientMetrics,
}

/// How a config may be changed while the broker runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Only at start.
    ReadOnly,
    /// For one named broker.
    PerBroker,
    /// For one broker or as the default of all.
    ClusterWide,
}

impl Mode {
    /// Kafka's name of the update mode.
    pub fn name(self) -> &'static str {
        match self {
            Mode::ReadOnly => "read-only",
            Mode::PerBroker => "per-broker",
            Mode::ClusterWide => "cluster-wide",
        }
    }
}

/// How much a config matters to most people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Importance {
    /// Look at it first.
    High,
    /// Look at it when tuning.
    Medium,
    /// Rarely touched.
    Low,
}

impl Importance {
    /// Kafka's name of the importance.
    pub fn name(self) -> &'static str {
        match self {
            Importance::High => "high",
            Importance::Medium => "medium",
            Importance::Low => "low",
        }
    }
}

/// What Ottla does with a config.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// It does what its row says.
    Acts,
    /// Stored and shown; what it means depends on replicas, more brokers, or a feature that is not built yet.
    Kept,
    /// Stored and shown; there is nothing here that it could change: thread pools, buffers and classes of a Java program.
    Nothing,
}

/// Which values of the type are allowed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Check {
    /// Every value of the type.
    Any,
    /// A whole number of at least this.
    AtLeast(i64),
    /// A whole number between both, inclusive.
    Between(i64, i64),
    /// A float between both, inclusive.
    BetweenF(f64, f64),
    /// One of these words; of a list, each entry.
    OneOf(&'static [&'static str]),
    /// One of these words in any case.
    OneOfAnyCase(&'static [&'static str]),
    /// A gzip level: -1 or 1 to 9.
    GzipLevel,
    /// `*` or pairs `partition:broker`.
    ThrottledReplicas,
    /// `HOST:PORT`, or nothing.
    HostPort,
    /// `latest`, `earliest` or `by_duration:` and an ISO-8601 duration.
    OffsetReset,
}

/// One config: everything that properties, environment, DescribeConfigs, AlterConfigs and the
/// documentation need to know about it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// Name, as in `server.properties`.
    pub name: &'static str,
    /// What it belongs to.
    pub scope: Scope,
    /// Type of its value.
    pub kind: Kind,
    /// Kafka's default (`None` = null). Of a required config: what Ottla takes when it is missing.
    pub default: Option<&'static str>,
    /// Default in the `dev` profile where it differs.
    pub dev: Option<&'static str>,
    /// How it may be changed while the broker runs.
    pub mode: Mode,
    /// How much it matters.
    pub importance: Importance,
    /// Which values are allowed.
    pub check: Check,
    /// A list or text may not be empty.
    pub filled: bool,
    /// Kafka refuses to start without it; Ottla does not.
    pub needed: bool,
    /// Hidden from Kafka's own documentation.
    pub hidden: bool,
    /// What Ottla does with it. What does not act is accepted, shown, and named in one warning when set.
    pub effect: Effect,
    /// What it does, in one or two sentences.
    pub doc: &'static str,
}

impl Row {
    pub(super) const fn new(
        scope: Scope,
        name: &'static str,
        kind: Kind,
        default: Option<&'static str>,
        (mode, importance): (Mode, Importance),
        doc: &'static str,
    ) -> Row {
        let (check, dev) = (Check::Any, None);
        let (filled, needed, hidden) = (false, false, false);
        Row {
            name,
            scope,
            kind,
            default,
            dev,
            mode,
            importance,
            check,
            filled,
            needed,
            hidden,
            effect: Effect::Kept,
            doc,
        }
    }

    /// True if its value is a secret.
    pub fn is_sensitive(&self) -> bool {
        self.kind == Kind::Password
    }

    pub(super) const fn check(mut self, check: Check) -> Row {
        self.check = check;
        self
    }
    pub(super) const fn at_least(self, min: i64) -> Row {
        self.check(Check::AtLeast(min))
    }
    pub(super) const fn between(self, min: i64, max: i64) -> Row {
        self.check(Check::Between(min, max))
    }
    pub(super) const fn between_f(self, min: f64, max: f64) -> Row {
        self.check(Check::BetweenF(min, max))
    }
    pub(super) const fn one_of(self, words: &'static [&'static str]) -> Row {
        self.check(Check::OneOf(words))
    }
    pub(super) const fn one_of_any_case(self, words: &'static [&'static str]) -> Row {
        self.check(Check::OneOfAnyCase(words))
    }
    pub(super) const fn gzip_level(self) -> Row {
        self.check(Check::GzipLevel)
    }
    pub(super) const fn throttled_replicas(self) -> Row {
        self.check(Check::ThrottledReplicas)
    }
    pub(super) const fn offset_reset(self) -> Row {
        self.check(Check::OffsetReset)
    }
    pub(super) const fn host_port(self) -> Row {
        self.check(Check::HostPort)
    }
    pub(super) const fn dev(mut self, value: &'static str) -> Row {
        self.dev = Some(value);
        self
    }
    pub(super) const fn not_empty(mut self) -> Row {
        self.filled = true;
        self
    }
    pub(super) const fn required(mut self) -> Row {
        self.needed = true;
        self
    }
    pub(super) const fn internal(mut self) -> Row {
        self.hidden = true;
        self
    }
    pub(super) const fn acted(mut self) -> Row {
        self.effect = Effect::Acts;
        self
    }
    pub(super) const fn no_meaning(mut self) -> Row {
        self.effect = Effect::Nothing;
        self
    }
}

/// Writes a row file: `"name": Kind default, Mode Importance, check…, marks… => "doc";`.
///
/// `default` is a literal or `null`; checks and marks are the const methods of [`Row`].
macro_rules! rows {
    ($scope:ident; $(
        $name:literal : $kind:ident $default:tt , $mode:ident $importance:ident
            $(, $call:ident $(( $($arg:expr),* ))? )* => $doc:literal ;
    )*) => {
        /// The rows of this area.
        pub(super) const ROWS: &[$crate::config::row::Row] = &[ $(
            $crate::config::row::Row::new(
                $crate::config::row::Scope::$scope,
                $name,
                $crate::config::row::Kind::$kind,
                $crate::config::row::preset!($default),
                ($crate::config::row::Mode::$mode, $crate::config::row::Importance::$importance),
                $doc,
            ) $( .$call( $( $($arg),* )? ) )*
        ),* ];
    };
}

/// A default: `null` or a literal.
macro_rules! preset {
    (null) => {
        None
    };
    ($text:literal) => {
        Some($text)
    };
}

pub(super) use {preset, rows};
