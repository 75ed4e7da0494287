package matrix;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.serialization.SimpleStringSchema;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.KafkaSourceBuilder;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;

/** Flink's Kafka connector in a mini cluster of this process: exactly-once copies, a bounded aggregate, a savepoint. */
public final class FlinkProgram {
    private static final int RECORDS = 10_000;
    private static final int PARTITIONS = 4;
    private static final Duration LONG = Duration.ofSeconds(60);

    private FlinkProgram() {}

    public static void main(String[] args) {
        Matrix.run("flink-connector-kafka", Matrix.jarVersion(KafkaSource.class, "flink-connector-kafka"), Map.of(
                "bounded-aggregate", FlinkProgram::boundedAggregate,
                "exactly-once", FlinkProgram::exactlyOnce,
                "offsets-committed", FlinkProgram::offsetsCommitted,
                "savepoint", FlinkProgram::savepoint));
        // The mini clusters' threads are not waited for.
        System.exit(0);
    }

    private static StreamExecutionEnvironment environment(Configuration more) throws Exception {
        Configuration configuration = new Configuration(more);
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 3);
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(50));
        configuration.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, Files.createTempDirectory("flink").toUri().toString());
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
        environment.setParallelism(2);
        environment.enableCheckpointing(200);
        return environment;
    }

    private static KafkaSourceBuilder<String> source(String topic) {
        return KafkaSource.<String>builder().setBootstrapServers(Plain.BOOTSTRAP).setTopics(topic).setGroupId(topic)
                .setStartingOffsets(OffsetsInitializer.earliest()).setValueOnlyDeserializer(new SimpleStringSchema());
    }

    private static KafkaSink<String> sink(String topic) {
        return KafkaSink.<String>builder().setBootstrapServers(Plain.BOOTSTRAP)
                .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE).setTransactionalIdPrefix(topic)
                .setProperty("transaction.timeout.ms", "60000")
                .setRecordSerializer(KafkaRecordSerializationSchema.builder().setTopic(topic)
                        .setValueSerializationSchema(new SimpleStringSchema()).build())
                .build();
    }

    /** A job that fails once after a checkpoint, and whose output is exactly its input all the same. */
    private static void exactlyOnce(String name) throws Exception {
        String in = name + "-in";
        String out = name + "-out";
        Plain.createTopic(in, PARTITIONS);
        Plain.createTopic(out, PARTITIONS);
        Plain.write(in, 0, RECORDS);
        StreamExecutionEnvironment environment = environment(new Configuration());
        DataStream<String> values = environment.fromSource(source(in).build(), WatermarkStrategy.noWatermarks(), "in");
        values.map(new FailsOnce()).returns(Types.STRING).sinkTo(sink(out));
        JobClient job = environment.executeAsync();
        // What is committed is behind a checkpoint: the failure falls into what comes now.
        committed(out, 1);
        Plain.write(in, RECORDS, 2 * RECORDS);
        exactly(out, 2 * RECORDS);
        cancel(job);
        Check.that(FailsOnce.hasFailed(), () -> "the job never failed: nothing was proved");
    }

    /** What is there now, counted by key; the job ends by itself. */
    private static void boundedAggregate(String name) throws Exception {
        Plain.createTopic(name, PARTITIONS);
        Plain.write(name, 0, RECORDS);
        StreamExecutionEnvironment environment = environment(new Configuration());
        KafkaSource<String> source = source(name).setBounded(OffsetsInitializer.latest()).build();
        List<Tuple2<String, Long>> counts = new ArrayList<>();
        environment.fromSource(source, WatermarkStrategy.noWatermarks(), "in")
                .map(value -> Tuple2.of(Integer.parseInt(value.substring(1)) % 2 == 0 ? "even" : "odd", 1L))
                .returns(Types.TUPLE(Types.STRING, Types.LONG))
                .keyBy(pair -> pair.f0)
                .sum(1)
                .executeAndCollect()
                .forEachRemaining(counts::add);
        for (String key : List.of("even", "odd")) {
            long most = counts.stream().filter(pair -> pair.f0.equals(key)).mapToLong(pair -> pair.f1).max().orElse(0);
            Check.equal("the count of " + key, RECORDS / 2L, most);
        }
    }

    /** Offsets reach the group with each checkpoint, for those who watch its lag. */
    private static void offsetsCommitted(String name) throws Exception {
        Plain.createTopic(name, 1);
        Plain.write(name, 0, 100);
        StreamExecutionEnvironment environment = environment(new Configuration());
        environment.fromSource(source(name).build(), WatermarkStrategy.noWatermarks(), "in").sinkTo(new DiscardingSink<>());
        JobClient job = environment.executeAsync();
        Check.soon("offset 100 committed", LONG, () -> Plain.committed(name, name) == 100);
        cancel(job);
    }

    /** Stopped with a savepoint, and another job goes on from it: nothing twice, nothing lost. */
    private static void savepoint(String name) throws Exception {
        String in = name + "-in";
        String out = name + "-out";
        Plain.createTopic(in, PARTITIONS);
        Plain.createTopic(out, PARTITIONS);
        Plain.write(in, 0, RECORDS);
        JobClient first = copy(in, out, new Configuration());
        committed(out, 1);
        Path folder = Files.createTempDirectory("savepoint");
        String savepoint = first.stopWithSavepoint(false, folder.toUri().toString(), SavepointFormatType.CANONICAL)
                .get(LONG.toSeconds(), TimeUnit.SECONDS);
        first.getJobExecutionResult().get(LONG.toSeconds(), TimeUnit.SECONDS);
        Plain.write(in, RECORDS, 2 * RECORDS);
        Configuration from = new Configuration();
        from.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
        JobClient second = copy(in, out, from);
        exactly(out, 2 * RECORDS);
        cancel(second);
    }

    private static JobClient copy(String in, String out, Configuration more) throws Exception {
        StreamExecutionEnvironment environment = environment(more);
        environment.fromSource(source(in).build(), WatermarkStrategy.noWatermarks(), "in").uid("in").sinkTo(sink(out)).uid("out");
        return environment.executeAsync();
    }

    private static void cancel(JobClient job) throws Exception {
        job.cancel().get(LONG.toSeconds(), TimeUnit.SECONDS);
    }

    /** Committed values, until there are that many at least and no more come. */
    private static List<String> committed(String topic, int count) throws Exception {
        List<String> values = new ArrayList<>();
        try (Consumer<String, String> consumer = Plain.consumer("isolation.level", "read_committed")) {
            Plain.assignAll(consumer, topic);
            Check.soon(count + " committed values", LONG, () -> {
                ConsumerRecords<String, String> some = consumer.poll(Duration.ofMillis(500));
                for (ConsumerRecord<String, String> record : some) {
                    values.add(record.value());
                }
                return values.size() >= count && some.isEmpty();
            });
        }
        return values;
    }

    private static void exactly(String topic, int count) throws Exception {
        List<String> values = committed(topic, count);
        Check.equal("the number of records", count, values.size());
        Check.equal("what they are", new HashSet<>(Plain.values(0, count)), new HashSet<>(values));
    }
}
