package matrix;

import java.util.List;
import java.util.Map;

/** One worker with its connectors in files: stopped and started again, it goes on where it was. */
final class Standalone {
    private Standalone() {}

    static void run(String name) throws Exception {
        Folders.use(name, folder -> {
            Lines lines = new Lines(name, folder);
            List<Map<String, String>> connectors = List.of(lines.source(), lines.sink());
            lines.write(0, 200);
            try (Worker worker = Worker.standalone(folder, connectors)) {
                lines.awaitExactly(200);
                worker.child.stop();
            }
            lines.write(200, 400);
            try (Worker worker = Worker.standalone(folder, connectors)) {
                lines.awaitExactly(400);
                worker.child.stop();
            }
        });
        Check.equal("the topic", Plain.values(0, 400), Plain.valuesOf(Plain.readTopic(name, 400)));
    }
}
