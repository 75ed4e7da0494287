package ring;

import static ring.AdminCalls.eventually;
import static ring.AdminCalls.got;
import static ring.AdminCalls.refused;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.CreateTopicsResult;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.ReplicaInfo;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionReplica;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.ElectionNotNeededException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicaAssignmentException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.LogDirNotFoundException;
import org.apache.kafka.common.errors.NoReassignmentInProgressException;
import org.apache.kafka.common.errors.OffsetOutOfRangeException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Calls about topics, partitions, their records and folders. */
final class AdminCallsTopics {
    private static final TopicPartition ZERO = new TopicPartition("called", 0);
    private static final TopicPartition ABSENT = new TopicPartition("absent", 0);

    private AdminCallsTopics() { }

    static void run(Admin admin, Broker broker) throws Exception {
        create(admin);
        describe(admin);
        grow(admin);
        Records.keyed(broker, "called", 100, 10, 100);
        records(admin);
        folders(admin);
        replicas(admin);
        delete(admin);
    }

    private static void create(Admin admin) throws Exception {
        NewTopic wanted = new NewTopic("called", 2, (short) 1).configs(Map.of("retention.ms", "3600000"));
        got(admin.createTopics(List.of(wanted), new CreateTopicsOptions().validateOnly(true)).all());
        Ring.expect(!got(admin.listTopics().names()).contains("called"), "made by a dry run");
        CreateTopicsResult made = admin.createTopics(List.of(wanted));
        Ring.expectEquals(2, got(made.numPartitions("called")), "partitions");
        Ring.expectEquals(1, got(made.replicationFactor("called")), "replicas");
        Ring.expectEquals("3600000", got(made.config("called")).get("retention.ms").value(), "retention.ms");
        got(admin.createTopics(List.of(new NewTopic("placed", Map.of(0, List.of(1), 1, List.of(1))))).all());
        got(admin.createTopics(List.of(new NewTopic("usual", Optional.empty(), Optional.empty()))).all());
        refused(TopicExistsException.class, admin.createTopics(List.of(wanted)).all());
        refused(InvalidTopicException.class, admin.createTopics(List.of(new NewTopic("a/b", 1, (short) 1))).all());
        refused(InvalidTopicException.class, admin.createTopics(List.of(new NewTopic("x".repeat(250), 1, (short) 1))).all());
        refused(InvalidPartitionsException.class, admin.createTopics(List.of(new NewTopic("none", 0, (short) 1))).all());
        refused(InvalidReplicationFactorException.class, admin.createTopics(List.of(new NewTopic("none", 1, (short) 0))).all());
        refused(InvalidReplicaAssignmentException.class,
            admin.createTopics(List.of(new NewTopic("none", Map.of(0, List.of(77))))).all());
        refused(InvalidConfigurationException.class,
            admin.createTopics(List.of(new NewTopic("none", 1, (short) 1).configs(Map.of("retention.ms", "soon")))).all());
    }

    private static void describe(Admin admin) throws Exception {
        TopicDescription seen = got(admin.describeTopics(List.of("called")).allTopicNames()).get("called");
        Ring.expectEquals(2, seen.partitions().size(), "partitions");
        Ring.expectEquals(1, seen.partitions().get(0).leader().id(), "leader");
        Uuid id = seen.topicId();
        Ring.expectEquals("called", got(admin.describeTopics(TopicCollection.ofTopicIds(List.of(id))).allTopicIds()).get(id).name(),
            "name by id");
        // One partition an answer: the client goes on by the cursor.
        DescribeTopicsOptions small = new DescribeTopicsOptions().partitionSizeLimitPerResponse(1);
        Ring.expectEquals(2, got(admin.describeTopics(List.of("called"), small).allTopicNames()).get("called").partitions().size(),
            "partitions by cursor");
        refused(UnknownTopicOrPartitionException.class, admin.describeTopics(List.of("absent")).allTopicNames());
        refused(UnknownTopicIdException.class,
            admin.describeTopics(TopicCollection.ofTopicIds(List.of(Uuid.randomUuid()))).allTopicIds());
        Set<String> names = got(admin.listTopics(new ListTopicsOptions().listInternal(true)).names());
        Ring.expect(names.containsAll(List.of("called", "placed", "usual")), "listed: " + names);
    }

    private static void grow(Admin admin) throws Exception {
        got(admin.createPartitions(Map.of("called", NewPartitions.increaseTo(3))).all());
        eventually(3, () -> got(admin.describeTopics(List.of("called")).allTopicNames()).get("called").partitions().size(), "grown");
        refused(InvalidPartitionsException.class, admin.createPartitions(Map.of("called", NewPartitions.increaseTo(2))).all());
        refused(InvalidPartitionsException.class, admin.createPartitions(Map.of("called", NewPartitions.increaseTo(3))).all());
        refused(InvalidReplicaAssignmentException.class,
            admin.createPartitions(Map.of("called", NewPartitions.increaseTo(4, List.of(List.of(77))))).all());
        refused(UnknownTopicOrPartitionException.class, admin.createPartitions(Map.of("absent", NewPartitions.increaseTo(2))).all());
    }

    private static void records(Admin admin) throws Exception {
        ListOffsetsResultInfo end = got(admin.listOffsets(Map.of(ZERO, OffsetSpec.latest())).partitionResult(ZERO));
        Ring.expect(end.offset() > 10, "records: " + end.offset());
        ListOffsetsResultInfo newest = got(admin.listOffsets(Map.of(ZERO, OffsetSpec.maxTimestamp())).partitionResult(ZERO));
        Ring.expect(newest.offset() >= 0 && newest.timestamp() > 0, "newest: " + newest);
        ListOffsetsResultInfo later = got(admin.listOffsets(Map.of(ZERO, OffsetSpec.forTimestamp(newest.timestamp() + 1))).partitionResult(ZERO));
        Ring.expectEquals(-1L, later.offset(), "behind the newest");
        Ring.expectEquals(5L, got(admin.deleteRecords(Map.of(ZERO, RecordsToDelete.beforeOffset(5))).lowWatermarks().get(ZERO)).lowWatermark(),
            "low watermark");
        Ring.expectEquals(5L, got(admin.listOffsets(Map.of(ZERO, OffsetSpec.earliest())).partitionResult(ZERO)).offset(), "earliest");
        Ring.expectEquals(5L, got(admin.listOffsets(Map.of(ZERO, OffsetSpec.earliestLocal())).partitionResult(ZERO)).offset(), "earliest local");
        refused(OffsetOutOfRangeException.class, admin.deleteRecords(Map.of(ZERO, RecordsToDelete.beforeOffset(1_000_000))).all());
        Ring.expectEquals(end.offset(), got(admin.deleteRecords(Map.of(ZERO, RecordsToDelete.beforeOffset(-1))).lowWatermarks().get(ZERO)).lowWatermark(),
            "low watermark of all");
    }

    private static void folders(Admin admin) throws Exception {
        var folders = got(admin.describeLogDirs(List.of(1)).allDescriptions()).get(1);
        Ring.expectEquals(2, folders.size(), "folders");
        TopicPartition one = new TopicPartition("called", 1);
        String from = folders.entrySet().stream().filter(each -> each.getValue().replicaInfos().containsKey(one)).findFirst().orElseThrow().getKey();
        ReplicaInfo there = folders.get(from).replicaInfos().get(one);
        Ring.expect(there.size() > 0 && !there.isFuture(), "replica: " + there);
        String to = folders.keySet().stream().filter(each -> !each.equals(from)).findFirst().orElseThrow();
        TopicPartitionReplica replica = new TopicPartitionReplica("called", 1, 1);
        got(admin.alterReplicaLogDirs(Map.of(replica, to)).all());
        eventually(to, () -> got(admin.describeReplicaLogDirs(Set.of(replica)).all()).get(replica).getCurrentReplicaLogDir(), "moved");
        refused(LogDirNotFoundException.class, admin.alterReplicaLogDirs(Map.of(replica, "/no/such/folder")).all());
    }

    private static void replicas(Admin admin) throws Exception {
        Set<TopicPartition> every = new TreeSet<>((a, b) -> a.toString().compareTo(b.toString()));
        every.add(ZERO);
        var elected = got(admin.electLeaders(ElectionType.PREFERRED, every).partitions());
        Ring.expect(elected.get(ZERO).orElseThrow() instanceof ElectionNotNeededException, "elected: " + elected);
        var unclean = got(admin.electLeaders(ElectionType.UNCLEAN, Set.of(ABSENT)).partitions());
        Ring.expect(unclean.get(ABSENT).orElseThrow() instanceof UnknownTopicOrPartitionException, "elected: " + unclean);
        got(admin.alterPartitionReassignments(Map.of(ZERO, Optional.of(new NewPartitionReassignment(List.of(1))))).all());
        Ring.expectEquals(Map.of(), got(admin.listPartitionReassignments().reassignments()), "reassignments");
        refused(NoReassignmentInProgressException.class, admin.alterPartitionReassignments(Map.of(ZERO, Optional.empty())).all());
        refused(InvalidReplicaAssignmentException.class,
            admin.alterPartitionReassignments(Map.of(ZERO, Optional.of(new NewPartitionReassignment(List.of(1, 77))))).all());
        refused(UnknownTopicOrPartitionException.class,
            admin.alterPartitionReassignments(Map.of(ABSENT, Optional.of(new NewPartitionReassignment(List.of(1))))).all());
    }

    private static void delete(Admin admin) throws Exception {
        Uuid id = got(admin.describeTopics(List.of("placed")).allTopicNames()).get("placed").topicId();
        got(admin.deleteTopics(TopicCollection.ofTopicIds(List.of(id))).all());
        got(admin.deleteTopics(List.of("usual")).all());
        eventually(false, () -> {
            Set<String> names = got(admin.listTopics().names());
            return names.contains("placed") || names.contains("usual");
        }, "still listed");
        refused(UnknownTopicOrPartitionException.class, admin.deleteTopics(List.of("usual")).all());
        refused(UnknownTopicIdException.class, admin.deleteTopics(TopicCollection.ofTopicIds(List.of(id))).all());
    }
}
