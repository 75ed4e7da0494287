package matrix;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ConsumerGroupListing;
import org.apache.kafka.clients.admin.DescribeClusterResult;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;

/** What the Admin client makes, changes, tells and deletes. */
final class Administration {
    private Administration() {}

    static void scenarios(Map<String, Matrix.Scenario> table) {
        table.put("admin-topics", Administration::topics);
        table.put("admin-configs", Administration::configs);
        table.put("admin-groups", Administration::groups);
        table.put("admin-offsets", Administration::offsets);
        table.put("admin-cluster", name -> cluster());
    }

    private static void topics(String topic) throws Exception {
        String gone = topic + "-gone";
        try (Admin admin = Plain.admin()) {
            NewTopic created = new NewTopic(topic, 3, (short) 1).configs(Map.of("retention.ms", "60000"));
            admin.createTopics(List.of(created)).all().get();
            Set<String> listed = admin.listTopics().names().get();
            Check.that(listed.contains(topic), () -> topic + " is not among " + listed);
            Check.equal("the number of partitions", 3, Described.topic(admin, topic).partitions().size());
            admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(5))).all().get();
            admin.deleteTopics(List.of(gone)).all().get();
            Check.soon(gone + " is gone", () -> !admin.listTopics().names().get().contains(gone));
        }
    }

    private static void configs(String topic) throws Exception {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        try (Admin admin = Plain.admin()) {
            Check.equal("retention.ms", "604800000", retention(admin, resource));
            AlterConfigOp set = new AlterConfigOp(new ConfigEntry("retention.ms", "123456"), OpType.SET);
            admin.incrementalAlterConfigs(Map.of(resource, List.of(set))).all().get();
            Check.soon("retention.ms as it was set", () -> retention(admin, resource).equals("123456"));
        }
    }

    private static String retention(Admin admin, ConfigResource topic) throws Exception {
        return admin.describeConfigs(List.of(topic)).all().get().get(topic).get("retention.ms").value();
    }

    private static void groups(String group) throws Exception {
        String gone = group + "-gone";
        try (Admin admin = Plain.admin()) {
            Set<String> listed = admin.listConsumerGroups().all().get().stream()
                    .map(ConsumerGroupListing::groupId).collect(Collectors.toSet());
            Check.that(listed.containsAll(List.of(group, gone)), () -> "not both groups among " + listed);
            ConsumerGroupDescription described = admin.describeConsumerGroups(List.of(group)).all().get().get(group);
            Check.equal("the state", "Empty", described.state().toString());
            Check.equal("the offset", 3L, committed(admin, group));
            admin.deleteConsumerGroups(List.of(gone)).all().get();
        }
    }

    private static long committed(Admin admin, String name) throws Exception {
        return admin.listConsumerGroupOffsets(name).partitionsToOffsetAndMetadata().get()
                .get(new TopicPartition(name, 0)).offset();
    }

    private static void offsets(String topic) throws Exception {
        TopicPartition partition = new TopicPartition(topic, 0);
        try (Admin admin = Plain.admin()) {
            admin.alterConsumerGroupOffsets(topic, Map.of(partition, new OffsetAndMetadata(7))).all().get();
            Check.equal("the committed offset", 7L, committed(admin, topic));
            Check.equal("the earliest offset", 0L, offset(admin, partition, OffsetSpec.earliest()));
            Check.equal("the latest offset", 10L, offset(admin, partition, OffsetSpec.latest()));
            admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(4))).all().get();
            Check.equal("the earliest offset after that", 4L, offset(admin, partition, OffsetSpec.earliest()));
        }
    }

    private static long offset(Admin admin, TopicPartition partition, OffsetSpec spec) throws Exception {
        return admin.listOffsets(Map.of(partition, spec)).partitionResult(partition).get().offset();
    }

    private static void cluster() throws Exception {
        try (Admin admin = Plain.admin()) {
            DescribeClusterResult cluster = admin.describeCluster();
            List<String> nodes = cluster.nodes().get().stream().map(Administration::address).collect(Collectors.toList());
            Check.equal("the nodes", List.of(Plain.BOOTSTRAP), nodes);
            Check.that(cluster.controller().get() != null, () -> "no controller");
            Check.that(!cluster.clusterId().get().isEmpty(), () -> "no cluster id");
        }
    }

    private static String address(Node node) {
        return node.host() + ":" + node.port();
    }
}
