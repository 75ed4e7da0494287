package matrix;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Joined;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;

/** Orders by their id meet customers by theirs: a repartitioned stream, and a table that can be asked. */
final class Joining {
    private static final int CUSTOMERS = 5;
    private static final int ORDERS = 50;

    private Joining() {}

    private static Topology topology(String name) {
        StreamsBuilder builder = new StreamsBuilder();
        KTable<String, String> customers = builder.table(name + "-customers", Materialized.as("customers"));
        Joined<String, String, String> joined = Joined.with(Serdes.String(), Serdes.String(), Serdes.String(), "by-customer");
        builder.<String, String>stream(name + "-orders").map((order, customer) -> KeyValue.pair(customer, order))
                .join(customers, (order, customer) -> order + " by " + customer, joined)
                .map((customer, text) -> KeyValue.pair(text.split(" ")[0], text)).to(name + "-out");
        return builder.build();
    }

    static void run(String name) throws Exception {
        for (String part : List.of("-customers", "-orders", "-out")) {
            Plain.createTopic(name + part, 2);
        }
        List<ProducerRecord<String, String>> customers = new ArrayList<>();
        for (int i = 0; i < CUSTOMERS; i++) {
            customers.add(new ProducerRecord<>(name + "-customers", "c" + i, "customer-" + i));
        }
        List<ProducerRecord<String, String>> orders = new ArrayList<>();
        Map<String, String> wanted = new TreeMap<>();
        for (int i = 0; i < ORDERS; i++) {
            orders.add(new ProducerRecord<>(name + "-orders", "o" + i, "c" + i % CUSTOMERS));
            wanted.put("o" + i, "o" + i + " by customer-" + i % CUSTOMERS);
        }
        Plain.write(customers);
        Folders.use(name, state -> {
            try (App app = App.started(name, state, topology(name), "repartition.purge.interval.ms", "200")) {
                ReadOnlyKeyValueStore<String, String> table = app.streams.store(
                        StoreQueryParameters.fromNameAndType("customers", QueryableStoreTypes.keyValueStore()));
                Check.soon("all customers are known", () -> known(table) == CUSTOMERS);
                Plain.write(orders);
                Check.equal("the number of results", ORDERS, Plain.readUntilLast(name + "-out", wanted).size());
                Check.soon("what was repartitioned is deleted", () -> deleted(name + "-by-customer-repartition") == ORDERS);
            }
        });
    }

    private static int known(ReadOnlyKeyValueStore<String, String> table) {
        int known = 0;
        for (int i = 0; i < CUSTOMERS; i++) {
            known += ("customer-" + i).equals(table.get("c" + i)) ? 1 : 0;
        }
        return known;
    }

    /** How many records of a topic with two partitions are deleted. */
    private static long deleted(String topic) throws Exception {
        long deleted = 0;
        try (Admin admin = Plain.admin()) {
            for (int partition = 0; partition < 2; partition++) {
                TopicPartition one = new TopicPartition(topic, partition);
                deleted += admin.listOffsets(Map.of(one, OffsetSpec.earliest())).partitionResult(one).get().offset();
            }
        }
        return deleted;
    }
}
