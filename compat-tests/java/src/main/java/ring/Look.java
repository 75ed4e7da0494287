package ring;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** `ottla log verify` and `ottla log dump`, and whether DumpLogSegments sees the same. */
final class Look {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);
    private static final Pattern FIELD = Pattern.compile("(\\w+): (\\S+)");

    private Look() { }

    private record Ended(int status, String output) { }

    private static Ended ottla(String... args) throws Exception {
        List<String> command = new ArrayList<>(List.of(System.getenv("OTTLA"), "log"));
        command.addAll(List.of(args));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), output);
    }

    /** Nothing in the folder is damaged, as Ottla sees it. */
    static String verify(Path data) throws Exception {
        Ended ended = ottla("verify", "--quiet", data.toString());
        Ring.expect(ended.status == 0, "ottla log verify " + data + ":\n" + ended.output);
        return ended.output;
    }

    /** Ottla shows what DumpLogSegments has shown of this file. */
    static void agree(Path file, String kafka) throws Exception {
        String name = file.getFileName().toString();
        Ended ended = ottla("dump", file.toString());
        Ring.expect(ended.status == 0, ended.output);
        List<String> wanted = new ArrayList<>();
        for (String line : kafka.lines().toList()) {
            String same = translate(name, line);
            if (same != null)
                wanted.add(same);
        }
        // Two lines of heading; entries of indexes are numbered.
        List<String> got = ended.output.lines().skip(2).map(line -> line.strip().replaceAll("\\s+", " ")).toList();
        boolean numbered = name.endsWith("index");
        if (numbered)
            got = got.stream().map(line -> line.substring(line.indexOf(' ') + 1)).toList();
        Records.expectStart(wanted, got, file + " as DumpLogSegments sees it");
        Ring.expectEquals(wanted.size(), got.size(), "lines of " + file);
    }

    /** The line as `ottla log dump` has it; null for those without counterpart. */
    private static String translate(String name, String line) {
        java.util.Map<String, String> fields = new java.util.HashMap<>();
        Matcher matcher = FIELD.matcher(line);
        while (matcher.find())
            fields.put(matcher.group(1), matcher.group(2));
        if (name.endsWith(".timeindex"))
            return fields.containsKey("timestamp") ? time(fields.get("timestamp")) + " " + fields.get("offset") : null;
        if (name.endsWith(".txnindex"))
            return fields.containsKey("lastStableOffset") ? String.join(" ", fields.get("producerId"), fields.get("firstOffset"),
                fields.get("lastOffset"), fields.get("lastStableOffset"), fields.get("version")) : null;
        if (name.endsWith(".index"))
            return fields.containsKey("position") ? fields.get("offset") + " " + fields.get("position") : null;
        if (!line.startsWith("baseOffset:"))
            return null;
        boolean appended = fields.containsKey("LogAppendTime");
        List<String> flags = new ArrayList<>();
        if (appended)
            flags.add("append-time");
        if (fields.get("isTransactional").equals("true"))
            flags.add("transactional");
        if (fields.get("isControl").equals("true"))
            flags.add("control");
        Matcher horizon = Pattern.compile("OptionalLong\\[(\\d+)]").matcher(fields.get("deleteHorizonMs"));
        if (horizon.matches())
            flags.add("delete-horizon=" + time(horizon.group(1)));
        String producer = fields.get("producerId").equals("-1") ? "-" : fields.get("producerId") + "/" + fields.get("producerEpoch");
        String sequences = fields.get("baseSequence").equals("-1") ? "-" : fields.get("baseSequence") + "-" + fields.get("lastSequence");
        return String.join(" ", fields.get("position"), fields.get("baseOffset") + "-" + fields.get("lastOffset"), fields.get("count"),
            fields.get("size"), fields.get("compresscodec"), time(fields.get(appended ? "LogAppendTime" : "CreateTime")),
            fields.get("partitionLeaderEpoch"), producer, sequences, String.format("%08x", Long.parseLong(fields.get("crc"))),
            fields.get("isvalid").equals("true") ? "ok" : "WRONG", flags.isEmpty() ? "-" : String.join(",", flags));
    }

    private static String time(String ms) {
        long value = Long.parseLong(ms);
        return value == -1 ? "-" : TIME.format(Instant.ofEpochMilli(value));
    }

    static boolean isThere() throws IOException {
        return System.getenv("OTTLA") != null && Files.isExecutable(Path.of(System.getenv("OTTLA")));
    }
}
