package ring;

import org.apache.kafka.tools.GetOffsetShell;
import org.apache.kafka.tools.TopicCommand;
import org.apache.kafka.tools.consumer.group.ConsumerGroupCommand;

/** TopicCommand, GetOffsetShell, ConsumerGroupCommand. */
final class Admin {
    private Admin() { }

    static String topic(Broker broker, String... args) throws Exception {
        return Tool.ok("", TopicCommand::main, with(broker, args));
    }

    static String group(Broker broker, String... args) throws Exception {
        return Tool.ok("", ConsumerGroupCommand::main, with(broker, args));
    }

    /** As group, and the status may be any. */
    static Tool.Result tryGroup(Broker broker, String... args) throws Exception {
        return Tool.run(ConsumerGroupCommand::main, with(broker, args));
    }

    static String offsets(Broker broker, String... args) throws Exception {
        return Tool.ok("", GetOffsetShell::main, with(broker, args)).strip();
    }

    static void create(Broker broker, String name, int partitions, String... configs) throws Exception {
        String[] args = new String[5 + 2 * configs.length];
        args[0] = "--create";
        args[1] = "--topic";
        args[2] = name;
        args[3] = "--partitions";
        args[4] = Integer.toString(partitions);
        for (int i = 0; i < configs.length; i++) {
            args[5 + 2 * i] = "--config";
            args[6 + 2 * i] = configs[i];
        }
        topic(broker, args);
    }

    static void topics(Broker broker) throws Exception {
        create(broker, "first", 3, "retention.ms=3600000", "max.message.bytes=2000000");
        create(broker, "passing", 1);
        String text = topic(broker, "--describe", "--topic", "first");
        Ring.expect(text.contains("PartitionCount: 3") && text.contains("retention.ms=3600000"), text);
        Ring.expect(text.contains("Leader: 1") && text.contains("Isr: 1"), text);
        String all = topic(broker, "--list");
        Ring.expect(all.contains("first") && all.contains("passing"), all);
        topic(broker, "--alter", "--topic", "first", "--partitions", "4");
        Ring.expect(topic(broker, "--describe", "--topic", "first").contains("PartitionCount: 4"), "not altered");
        topic(broker, "--delete", "--topic", "passing");
        Ring.expect(!topic(broker, "--list").contains("passing"), "topic still listed after its deletion");
        Tool.Result again = Tool.run(TopicCommand::main, with(broker, "--create", "--topic", "first"));
        Ring.expect(again.status() != 0 && again.output().contains("already exists"), again.output());
        Ring.expectEquals("first:0:0\nfirst:1:0\nfirst:2:0\nfirst:3:0", offsets(broker, "--topic", "first"), "offsets");
    }

    /** The group `readers` exists when Console ran. */
    static void groups(Broker broker) throws Exception {
        Ring.expect(group(broker, "--list").contains("readers"), "group not listed");
        String text = group(broker, "--describe", "--group", "readers");
        Ring.expect(text.contains("words"), text);
        String state = group(broker, "--describe", "--group", "readers", "--state");
        Ring.expect(state.contains("Empty"), state);
        group(broker, "--reset-offsets", "--group", "readers", "--topic", "words", "--to-earliest", "--execute");
        String lag = group(broker, "--describe", "--group", "readers", "--offsets");
        Ring.expect(lag.lines().filter(line -> line.contains("words")).allMatch(line -> line.split("\\s+")[3].equals("0")), lag);
        group(broker, "--delete", "--group", "readers");
        Ring.expect(!group(broker, "--list").contains("readers"), "group still listed after its deletion");
    }

    private static String[] with(Broker broker, String... args) {
        String[] all = new String[args.length + 2];
        all[0] = "--bootstrap-server";
        all[1] = broker.address();
        System.arraycopy(args, 0, all, 2, args.length);
        return all;
    }
}
