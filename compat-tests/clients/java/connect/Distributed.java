package matrix;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Workers that keep connectors, offsets and states in compacted topics. */
final class Distributed {
    private static final Map<String, String> AT_LEAST_ONCE = Map.of();
    private static final Map<String, String> EXACTLY_ONCE = Map.of("exactly.once.source.support", "enabled");

    private Distributed() {}

    /** Connectors are made, listed, paused, stopped, sent back to the start and deleted over HTTP. */
    static void rest(String name) throws Exception {
        Folders.use(name, folder -> {
            Lines lines = new Lines(name, folder);
            lines.write(0, 20);
            try (Worker worker = Worker.distributed(folder, name, AT_LEAST_ONCE)) {
                Rest rest = worker.rest;
                rest.run(lines.source());
                rest.run(lines.sink());
                Check.equal("the connectors", Set.of(name + "-source", name + "-sink"), names(rest.get("/connectors")));
                lines.awaitExactly(20);
                control(rest, "/connectors/" + name + "-sink", lines);
                rest.done("PUT", "/connectors/" + name + "-source/stop", null);
                for (String kind : List.of("-sink", "-source")) {
                    Check.equal("deletion", 204, rest.status("DELETE", "/connectors/" + name + kind));
                }
                Check.soon("no connector is left", Rest.PATIENCE, () -> rest.get("/connectors").isEmpty());
                worker.child.stop();
            }
        });
        for (String topic : List.of("-configs", "-offsets", "-status")) {
            Check.equal("cleanup.policy of " + topic, "compact", Plain.config(name + topic, "cleanup.policy"));
        }
    }

    /** Pauses and resumes the sink; stops it, forgets its offsets: it writes all lines again. */
    private static void control(Rest rest, String sink, Lines lines) throws Exception {
        String name = sink.substring(sink.lastIndexOf('/') + 1);
        rest.done("PUT", sink + "/pause", null);
        rest.awaitState(name, "PAUSED");
        rest.done("PUT", sink + "/resume", null);
        rest.awaitState(name, "RUNNING");
        Check.soon("the sink's offset", Rest.PATIENCE, () -> rest.get(sink + "/offsets").at("/offsets/0/offset/kafka_offset").asInt() == 20);
        rest.done("PUT", sink + "/stop", null);
        Check.soon("the offsets are forgotten", Rest.PATIENCE, () -> rest.status("DELETE", sink + "/offsets") == 200);
        rest.done("PUT", sink + "/resume", null);
        Check.soon("all lines again", Rest.PATIENCE, () -> lines.written().size() == 40);
    }

    private static Set<String> names(JsonNode list) {
        Set<String> names = new TreeSet<>();
        list.forEach(one -> names.add(one.asText()));
        return names;
    }

    /** One of two workers is killed; the other does the work of both. */
    static void takeover(String name) throws Exception {
        Folders.use(name, folder -> {
            Lines lines = new Lines(name, folder);
            lines.write(0, 200);
            try (Worker first = Worker.distributed(folder, name, AT_LEAST_ONCE)) {
                first.rest.run(lines.source());
                first.rest.run(lines.sink());
                lines.awaitAll(200);
                try (Worker second = Worker.distributed(folder, name, AT_LEAST_ONCE)) {
                    Check.soon("the workers share the tasks", Rest.PATIENCE, () -> workers(second.rest, name).size() == 2);
                    lines.write(200, 400);
                    first.child.kill();
                    Check.soon("one worker has the tasks", Rest.PATIENCE, () -> workers(second.rest, name).size() == 1);
                    lines.awaitAll(400);
                    second.child.stop();
                }
            }
        });
    }

    /** Where the tasks run. */
    private static Set<String> workers(Rest rest, String name) throws Exception {
        Set<String> workers = new TreeSet<>();
        for (String kind : List.of("-source", "-sink")) {
            JsonNode task = rest.get("/connectors/" + name + kind + "/status").at("/tasks/0");
            Check.that(!task.path("state").asText().equals("FAILED"), () -> "a task failed: " + task);
            workers.add(task.path("worker_id").asText());
        }
        return workers;
    }

    /** The source writes lines and its offsets in one transaction: killed in the middle, it doubles no line. */
    static void exactlyOnce(String name) throws Exception {
        int lines = 20_000;
        Folders.use(name, folder -> {
            Lines file = new Lines(name, folder);
            file.write(0, lines);
            try (Worker worker = Worker.distributed(folder, name, EXACTLY_ONCE)) {
                worker.rest.run(file.source(500));
                Plain.readTopic(name, 500, "isolation.level", "read_committed", "max.poll.records", "1");
                worker.child.kill();
            }
            try (Worker worker = Worker.distributed(folder, name, EXACTLY_ONCE)) {
                worker.rest.awaitState(name + "-source", "RUNNING");
                List<String> read = Plain.valuesOf(Plain.readTopic(name, lines, "isolation.level", "read_committed"));
                Check.equal("the committed lines", Plain.values(0, lines), read);
                worker.child.stop();
            }
        });
    }
}
