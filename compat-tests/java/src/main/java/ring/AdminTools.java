package ring;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import kafka.admin.ConfigCommand;
import org.apache.kafka.tools.AclCommand;
import org.apache.kafka.tools.BrokerApiVersionsCommand;
import org.apache.kafka.tools.ClientCompatibilityTest;
import org.apache.kafka.tools.ClientMetricsCommand;
import org.apache.kafka.tools.ClusterTool;
import org.apache.kafka.tools.DeleteRecordsCommand;
import org.apache.kafka.tools.FeatureCommand;
import org.apache.kafka.tools.LeaderElectionCommand;
import org.apache.kafka.tools.LogDirsCommand;
import org.apache.kafka.tools.MetadataQuorumCommand;
import org.apache.kafka.tools.reassign.ReassignPartitionsCommand;

/** Apache's command-line tools for the cluster and its configs, against a broker of their own. */
final class AdminTools {
    private static final String TOPIC = "tooled";

    private final Broker broker;
    private final Path dir;

    private AdminTools(Broker broker, Path dir) {
        this.broker = broker;
        this.dir = dir;
    }

    static void run(Path dir) throws Exception {
        Broker broker = new Broker(dir, "ait.disks=2");
        broker.start();
        Admin.create(broker, TOPIC, 2);
        Records.keyed(broker, TOPIC, 50, 10, 10);
        AdminTools tools = new AdminTools(broker, dir);
        tools.configs();
        tools.quotas();
        tools.folders();
        tools.features();
        tools.quorum();
        tools.leaders();
        tools.reassigned();
        tools.others();
        tools.compatible();
        broker.stop();
    }

    private String tool(Tool.Main main, String... args) throws Exception {
        return Tool.ok("", main, with(args));
    }

    /** The tool must end with another status than 0 and say this. */
    private void refused(String words, Tool.Main main, String... args) throws Exception {
        Tool.Result result = Tool.run(main, with(args));
        Ring.expect(result.status() != 0 && result.output().contains(words), result.status() + ": " + result.output());
    }

    private String[] with(String... args) {
        List<String> all = new ArrayList<>(List.of("--bootstrap-server", broker.address()));
        all.addAll(List.of(args));
        return all.toArray(String[]::new);
    }

    private static void contains(String output, String... wanted) {
        for (String each : wanted)
            Ring.expect(output.contains(each), "no " + each + " in:\n" + output);
    }

    private void configs() throws Exception {
        for (String[] entity : new String[][] {{"topics", TOPIC, "retention.ms", "3600000"}, {"brokers", "1", "log.cleaner.threads", "2"},
            {"groups", "tooling", "consumer.session.timeout.ms", "46000"}, {"client-metrics", "tooling", "interval.ms", "3000"}}) {
            String[] of = {"--entity-type", entity[0], "--entity-name", entity[1]};
            String set = entity[2] + "=" + entity[3];
            contains(tool(ConfigCommand::main, of[0], of[1], of[2], of[3], "--alter", "--add-config", set), "Completed updating config for");
            contains(tool(ConfigCommand::main, of[0], of[1], of[2], of[3], "--describe"), set);
            tool(ConfigCommand::main, of[0], of[1], of[2], of[3], "--alter", "--delete-config", entity[2]);
            Ring.expect(!tool(ConfigCommand::main, of[0], of[1], of[2], of[3], "--describe").contains(set), set + " is still there");
        }
        tool(ConfigCommand::main, "--entity-type", "brokers", "--entity-default", "--alter", "--add-config", "message.max.bytes=2000000");
        contains(tool(ConfigCommand::main, "--entity-type", "brokers", "--entity-name", "1", "--describe", "--all"),
            "message.max.bytes=2000000", "DYNAMIC_DEFAULT_BROKER_CONFIG:message.max.bytes=2000000", "STATIC_BROKER_CONFIG:node.id=1");
        String loggers = tool(ConfigCommand::main, "--entity-type", "broker-loggers", "--entity-name", "1", "--describe");
        contains(loggers, "root=");
        refused("InvalidConfigurationException", ConfigCommand::main, "--entity-type", "topics", "--entity-name", TOPIC,
            "--alter", "--add-config", "retention.ms=soon");
        refused("UnknownTopicOrPartitionException", ConfigCommand::main, "--entity-type", "topics", "--entity-name", "absent",
            "--alter", "--add-config", "retention.ms=1");
    }

    private void quotas() throws Exception {
        String[] who = {"--entity-type", "clients", "--entity-name", "slow", "--entity-type", "users", "--entity-default"};
        List<String> alter = new ArrayList<>(List.of(who));
        alter.addAll(List.of("--alter", "--add-config", "producer_byte_rate=1024,consumer_byte_rate=2048"));
        contains(tool(ConfigCommand::main, alter.toArray(String[]::new)), "Completed updating config for");
        List<String> describe = new ArrayList<>(List.of(who));
        describe.add("--describe");
        contains(tool(ConfigCommand::main, describe.toArray(String[]::new)), "producer_byte_rate=1024.0", "consumer_byte_rate=2048.0");
    }

    private void folders() throws Exception {
        String seen = tool(LogDirsCommand::main, "--describe", "--topic-list", TOPIC);
        contains(seen, "Querying brokers for log directories information", "\"partition\":\"" + TOPIC + "-0\"", "\"isFuture\":false");
    }

    private void features() throws Exception {
        contains(tool(FeatureCommand::main, "describe"), "Feature: metadata.version", "Feature: group.version");
        contains(tool(FeatureCommand::main, "downgrade", "--feature", "group.version=0"), "group.version was downgraded to 0.");
        contains(tool(FeatureCommand::main, "upgrade", "--feature", "group.version=1", "--dry-run"), "group.version can be upgraded to 1.");
        contains(tool(FeatureCommand::main, "upgrade", "--feature", "group.version=1"), "group.version was upgraded to 1.");
        refused("Could not", FeatureCommand::main, "upgrade", "--feature", "group.version=77");
    }

    private void quorum() throws Exception {
        contains(tool(MetadataQuorumCommand::main, "describe", "--status"), "LeaderId:               1", "HighWatermark:", "CurrentVoters:");
        contains(tool(MetadataQuorumCommand::main, "describe", "--replication"), "NodeId", "Leader");
    }

    private void leaders() throws Exception {
        String text = tool(LeaderElectionCommand::main, "--election-type", "preferred", "--topic", TOPIC, "--partition", "0");
        contains(text, "Valid replica already elected for partitions " + TOPIC + "-0");
        tool(LeaderElectionCommand::main, "--election-type", "unclean", "--all-topic-partitions");
    }

    private void reassigned() throws Exception {
        Path topics = Files.writeString(dir.resolve("topics.json"), "{\"version\":1,\"topics\":[{\"topic\":\"" + TOPIC + "\"}]}");
        contains(tool(ReassignPartitionsCommand::main, "--generate", "--topics-to-move-json-file", topics.toString(), "--broker-list", "1"),
            "Current partition replica assignment", "Proposed partition reassignment configuration");
        Path plan = Files.writeString(dir.resolve("plan.json"),
            "{\"version\":1,\"partitions\":[{\"topic\":\"" + TOPIC + "\",\"partition\":0,\"replicas\":[1],\"log_dirs\":[\"any\"]}]}");
        contains(tool(ReassignPartitionsCommand::main, "--execute", "--reassignment-json-file", plan.toString()),
            "Successfully started partition reassignment for " + TOPIC + "-0");
        contains(tool(ReassignPartitionsCommand::main, "--verify", "--reassignment-json-file", plan.toString()),
            "Reassignment of partition " + TOPIC + "-0 is completed.");
        contains(tool(ReassignPartitionsCommand::main, "--list"), "No partition reassignments found.");
    }

    private void others() throws Exception {
        Path records = Files.writeString(dir.resolve("records.json"),
            "{\"version\":1,\"partitions\":[{\"topic\":\"" + TOPIC + "\",\"partition\":0,\"offset\":3}]}");
        contains(tool(DeleteRecordsCommand::main, "--offset-json-file", records.toString()), "partition: " + TOPIC + "-0\tlow_watermark: 3");
        contains(Tool.ok("", ClusterTool::main, "cluster-id", "--bootstrap-server", broker.address()), "Cluster ID: ");
        contains(Tool.ok("", ClusterTool::main, "list-endpoints", "--bootstrap-server", broker.address()), "localhost");
        contains(tool(BrokerApiVersionsCommand::main), "(id: 1 rack: null", "Produce(0): 0 to ");
        contains(tool(ClientMetricsCommand::main, "--alter", "--name", "seen", "--interval", "5000", "--metrics", "org.apache.kafka.producer."),
            "Altered client metrics config for seen");
        contains(tool(ClientMetricsCommand::main, "--list"), "seen");
        contains(tool(ClientMetricsCommand::main, "--describe", "--name", "seen"), "interval.ms=5000");
        Tool.Result rules = Tool.run(AclCommand::main, with("--list"));
        contains(rules.output(), "No Authorizer is configured");
    }

    private void compatible() throws Exception {
        Admin.create(broker, "compatible", 1); // the test wants to write the first record
        String text = Tool.ok("", ClientCompatibilityTest::main, "--topic", "compatible", "--bootstrap-server", broker.address(),
            "--offsets-for-times-supported", "True", "--cluster-id-supported", "True", "--expect-record-too-large-exception", "False",
            "--num-cluster-nodes", "1", "--create-topics-supported", "True", "--describe-acls-supported", "True",
            "--describe-configs-supported", "True", "--idempotent-producer-supported", "True");
        contains(text, "SUCCESS.");
    }
}
