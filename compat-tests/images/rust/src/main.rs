//! Stock testcontainers-modules start the image; records in, records out through a group, by rdkafka.

use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{CommitMode, Consumer, StreamConsumer};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::{ClientConfig, Message};
use testcontainers_modules::kafka::{apache, confluent};
use testcontainers_modules::testcontainers::ImageExt;
use testcontainers_modules::testcontainers::runners::AsyncRunner;

const RECORDS: usize = 10;
const PATIENCE: Duration = Duration::from_secs(30);

type Outcome = Result<(), Box<dyn std::error::Error>>;

#[tokio::main]
async fn main() -> Outcome {
    for which in std::env::args().skip(1) {
        let begun = Instant::now();
        match which.as_str() {
            "apache" | "apache-native" => {
                let image = match which.as_str() {
                    "apache" => apache::Kafka::default().with_jvm_image(),
                    _ => apache::Kafka::default(),
                };
                let kafka = image.with_tag("4.3.1").start().await?;
                let port = kafka.get_host_port_ipv4(apache::KAFKA_PORT).await?;
                told(&which, begun, port).await?;
            }
            "confluent" => {
                let kafka = confluent::Kafka::default().with_tag("8.0.0").start().await?;
                let port = kafka.get_host_port_ipv4(confluent::KAFKA_PORT).await?;
                told(&which, begun, port).await?;
            }
            other => return Err(format!("no module {other}").into()),
        }
    }
    Ok(())
}

async fn told(which: &str, begun: Instant, port: u16) -> Outcome {
    let started = Instant::now();
    round_trip(&format!("127.0.0.1:{port}")).await?;
    let (start, trip) = ((started - begun).as_millis(), started.elapsed().as_millis());
    println!("rust {which}: started after {start} ms, round trip in {trip} ms");
    Ok(())
}

async fn round_trip(servers: &str) -> Outcome {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", servers);
    let admin: AdminClient<DefaultClientContext> = config.create()?;
    let topic = NewTopic::new("round", 1, TopicReplication::Fixed(1));
    for created in admin.create_topics([&topic], &AdminOptions::new()).await? {
        created.map_err(|(topic, code)| format!("{topic}: {code}"))?;
    }
    let producer: FutureProducer = config.create()?;
    for i in 0..RECORDS {
        let value = format!("v{i}");
        let record = FutureRecord::<(), _>::to("round").payload(&value);
        producer.send(record, PATIENCE).await.map_err(|(error, _)| error)?;
    }
    config.set("group.id", "g").set("auto.offset.reset", "earliest");
    let consumer: StreamConsumer = config.create()?;
    consumer.subscribe(&["round"])?;
    for i in 0..RECORDS {
        let message = tokio::time::timeout(PATIENCE, consumer.recv()).await??;
        let value = message.payload().map(String::from_utf8_lossy).unwrap_or_default();
        if value != format!("v{i}") {
            return Err(format!("got {value} instead of v{i}").into());
        }
    }
    consumer.commit_consumer_state(CommitMode::Sync)?;
    Ok(())
}
