package matrix;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.Set;

/** A worker's REST interface. */
final class Rest {
    /** How long workers are given for what they have to agree on. */
    static final Duration PATIENCE = Duration.ofSeconds(60);

    /** What a worker says while it is not ready: not up, rebalancing, not there yet. */
    private static final Set<Integer> LATER = Set.of(404, 409, 500, 503);

    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient client = HttpClient.newHttpClient();
    private final String root;

    Rest(int port) {
        root = "http://127.0.0.1:" + port;
    }

    boolean isUp() throws InterruptedException {
        try {
            return call("GET", "/connectors", null).statusCode() == 200;
        } catch (IOException notYet) {
            return false;
        }
    }

    /** The answer to a request, as soon as the worker is ready for it. */
    JsonNode done(String method, String path, Object body) throws Exception {
        HttpResponse<?>[] last = new HttpResponse<?>[1];
        Check.soon(method + " " + path, PATIENCE, () -> {
            last[0] = call(method, path, body);
            return !LATER.contains(last[0].statusCode());
        });
        Check.that(last[0].statusCode() < 300, () -> method + " " + path + ": " + last[0].statusCode() + " " + last[0].body());
        return JSON.readTree(last[0].body().toString());
    }

    JsonNode get(String path) throws Exception {
        return done("GET", path, null);
    }

    int status(String method, String path) throws Exception {
        return call(method, path, null).statusCode();
    }

    /** Makes a connector, or configures it anew, and waits until it and its task run. */
    void run(Map<String, String> config) throws Exception {
        String name = config.get("name");
        done("PUT", "/connectors/" + name + "/config", config);
        awaitState(name, "RUNNING");
    }

    void awaitState(String name, String state) throws Exception {
        Check.soon(name + " and its task " + state, PATIENCE, () -> {
            JsonNode status = get("/connectors/" + name + "/status");
            return state.equals(status.at("/connector/state").asText()) && state.equals(status.at("/tasks/0/state").asText());
        });
    }

    private HttpResponse<String> call(String method, String path, Object body) throws IOException, InterruptedException {
        BodyPublisher content = body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(JSON.writeValueAsString(body));
        HttpRequest request = HttpRequest.newBuilder(URI.create(root + path)).method(method, content)
                .header("Content-Type", "application/json").timeout(PATIENCE).build();
        return client.send(request, BodyHandlers.ofString());
    }
}
