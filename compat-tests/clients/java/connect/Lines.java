package matrix;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Lines from a file into a topic, and from the topic into another file. */
final class Lines {
    private final String name;
    private final Path in;
    private final Path out;

    Lines(String name, Path folder) {
        this.name = name;
        in = folder.resolve("in.txt");
        out = folder.resolve("out.txt");
    }

    Map<String, String> source() {
        return connector("source", Map.of("topic", name, "file", in.toString()));
    }

    /** The same in small batches; the connector tells the last ones only when they are full. */
    Map<String, String> source(int batch) {
        Map<String, String> source = source();
        source.put("batch.size", String.valueOf(batch));
        return source;
    }

    Map<String, String> sink() {
        return connector("sink", Map.of("topics", name, "file", out.toString()));
    }

    private Map<String, String> connector(String kind, Map<String, String> own) {
        String type = kind.equals("source") ? "FileStreamSourceConnector" : "FileStreamSinkConnector";
        Map<String, String> all = new HashMap<>(Map.of("name", name + "-" + kind, "tasks.max", "1",
                "connector.class", "org.apache.kafka.connect.file." + type));
        all.putAll(own);
        return all;
    }

    /** Adds the lines v<from> to v<to - 1>. */
    void write(int from, int to) throws IOException {
        Files.write(in, Plain.values(from, to), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    List<String> written() throws IOException {
        return Files.exists(out) ? Files.readAllLines(out) : List.of();
    }

    /** Waits until these lines have arrived, each once and in order. */
    void awaitExactly(int count) throws Exception {
        Check.soon(count + " lines", Rest.PATIENCE, () -> written().size() >= count);
        Check.equal("the lines", Plain.values(0, count), written());
    }

    /** Waits until these lines have arrived, some perhaps more than once. */
    void awaitAll(int count) throws Exception {
        TreeSet<String> wanted = new TreeSet<>(Plain.values(0, count));
        Check.soon("all " + count + " lines", Rest.PATIENCE, () -> new TreeSet<>(written()).equals(wanted));
    }
}
