//! What a process counts, for Prometheus. Numbers only: no hall, device or person has a label of its own.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Ending {
    pub outcome: &'static str,
}

#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    pub exchanges: Family<Ending, Counter>,
    pub enrolments: Family<Ending, Counter>,
    /// New ops that were written.
    pub taken: Counter,
    /// Ops that were put aside as evidence: somebody should look.
    pub evidence: Counter,
    pub seconds: Histogram,
    connections: Gauge,
    idle: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("county");
        let (exchanges, enrolments) = (Family::default(), Family::default());
        let (taken, evidence) = (Counter::default(), Counter::default());
        let seconds = Histogram::new(exponential_buckets(0.001, 2.0, 14));
        let (connections, idle) = (Gauge::default(), Gauge::default());
        registry.register("exchanges", "Exchanges by how they ended", exchanges.clone());
        registry.register("enrolments", "Applications by how they ended", enrolments.clone());
        registry.register("ops_taken", "New ops written", taken.clone());
        registry.register("evidence", "Ops put aside because they contradict", evidence.clone());
        registry.register_with_unit("exchange", "Time of an exchange", Unit::Seconds, seconds.clone());
        registry.register("db_connections", "Connections to the database", connections.clone());
        registry.register("db_connections_idle", "Of them without work", idle.clone());
        Self { registry, exchanges, enrolments, taken, evidence, seconds, connections, idle }
    }
}

impl Metrics {
    /// The text that Prometheus reads.
    pub fn text(&self, connections: u32, idle: usize) -> String {
        self.connections.set(connections.into());
        self.idle.set(idle as i64);
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("writing to a string cannot fail");
        text
    }
}
