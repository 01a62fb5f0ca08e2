//! The binaries of `sam build`, each under Lambda's runtime interface emulator: they respond to
//! every captured event as the local code does.
//!
//! `./test` runs it, after `sam build`: `BINARIES` is the folder with a folder per function, `RIE`
//! the emulator.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post};
use harness::Shop;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};

use crate::events::{LOADED, story};
use crate::read_event;

/// Longest wait until a function has started and responds.
const PATIENCE: Duration = Duration::from_mins(2);

fn variable(name: &str) -> PathBuf {
    let value = std::env::var_os(name);
    PathBuf::from(value.unwrap_or_else(|| panic!("{name} is not set")))
}

/// The binary of a function.
fn binary(function: &str) -> PathBuf {
    variable("BINARIES").join(format!("{function}Function")).join("bootstrap")
}

/// A function's environment with the services of `shop`.
fn environment(function: &str, shop: &Shop) -> Vec<(&'static str, String)> {
    let url = &shop.running.url;
    let dynamodb = shop.running.app.config.aws.endpoints.dynamodb.as_deref().expect("an endpoint");
    let secrets: &[&str] = match function {
        "Store" | "Admin" | "Files" => &["JWT_SECRET_PARAMETER", "MASTER_KEY_PARAMETER"],
        "Realtime" => &["JWT_SECRET_PARAMETER"],
        "Shop" => &["JWT_SECRET_PARAMETER", "MEDUSA_API_KEY_PARAMETER"],
        "Relay" => &["MEDUSA_API_KEY_PARAMETER"],
        "Notice" | "Digest" => &["MASTER_KEY_PARAMETER", "MEDUSA_API_KEY_PARAMETER"],
        _ => &[],
    };
    let mut all = local::variables(url, dynamodb);
    all.retain(|(name, _)| !name.ends_with("_PARAMETER") || secrets.contains(name));
    all.retain(|(name, _)| *name != "EVENT_QUEUE" || function == "Relay");
    all.retain(|(name, _)| *name != "FILES_BUCKET" || ["Files", "Relay"].contains(&function));
    let own = [
        ("ALLOWED_ORIGINS", "http://localhost:8000"),
        ("ALLOW_INSECURE_JWT_SECRET", "true"),
        ("SHOP_NAME", "The Teapot Shop"),
        ("MAIL_FROM", "chat@shop.example"),
        ("INBOX_ADDRESS", "inbox@shop.example"),
        ("MAILS_PER_SECOND", "1000"),
        ("AWS_LAMBDA_FUNCTION_NAME", function),
        ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_FUNCTION_TIMEOUT", "30"),
    ];
    all.extend(own.map(|(name, value)| (name, value.to_owned())));
    all.push(("ACTIVITY_SHARDS", shop.running.app.config.layout.activity_shards.to_string()));
    all.push(("MEDUSA_URL", format!("{url}/dev/medusa")));
    all.push(("EMBED_ORIGINS", format!("{url},http://localhost:9000")));
    all
}

/// A function as Lambda runs it. The emulator handles one call at a time.
struct Function {
    url: String,
    /// The ports of the emulator: for callers, and for the function.
    ports: [u16; 2],
    http: reqwest::Client,
    _process: Child,
}

impl Function {
    /// Starts the binary of this function with the services of `shop`.
    fn start(name: &str, shop: &Shop) -> Self {
        let [api, runtime] = [free_port(), free_port()];
        let process = Command::new(variable("RIE"))
            .args(["--runtime-interface-emulator-address", &format!("127.0.0.1:{api}")])
            .args([
                "--runtime-api-address",
                &format!("127.0.0.1:{runtime}"),
                "--log-level",
                "error",
            ])
            .arg(binary(name))
            .env_clear()
            .envs(environment(name, shop))
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .expect("the emulator starts");
        let url = format!("http://127.0.0.1:{api}/2015-03-31/functions/function/invocations");
        Self { url, ports: [api, runtime], http: reqwest::Client::new(), _process: process }
    }

    /// Returns once both ports of the emulator are open. It opens the function's port beside the
    /// callers' one: a call that comes first starts a function that finds no runtime, and exits.
    async fn listens(&self) {
        for port in self.ports {
            while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }

    async fn call(&self, event: &Value) -> Value {
        let answered = async {
            self.listens().await;
            let response = self.http.post(&self.url).body(event.to_string()).send().await;
            response.expect("a response").text().await.expect("a body")
        };
        let text = tokio::time::timeout(PATIENCE, answered).await.expect("an answer in time");
        let answer: Value =
            serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {text}"));
        assert!(answer.get("errorType").is_none(), "the function failed: {answer}");
        answer
    }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a port")
        .port()
}

/// The part of a response that two systems share: without ids, times and secrets.
fn common(answer: &Value, shop: &Shop) -> Value {
    let host = shop.running.url.trim_start_matches("http://");
    let mut answer: Value =
        serde_json::from_str(&answer.to_string().replace(host, "chat.test")).expect("JSON");
    let headers = answer["headers"].as_object_mut().expect("headers");
    headers.remove("x-request-id");
    headers.remove("etag");
    if let Some(mut body) =
        answer["body"].as_str().and_then(|body| serde_json::from_str::<Value>(body).ok())
    {
        strip(&mut body);
        answer["body"] = body;
    }
    answer
}

fn strip(value: &mut Value) {
    let own =
        ["event_id", "ticket", "url", "ts", "guest_id", "guest_id_for_live_chat", "expires_in"];
    match value {
        Value::Array(list) => list.iter_mut().for_each(strip),
        Value::Object(map) => {
            for (name, value) in map {
                let is_own = own.contains(&name.as_str())
                    || name.ends_with("_at")
                    || name.ends_with("_since")
                    || name.ends_with("cursor");
                if is_own && !value.is_null() {
                    *value = json!("…");
                } else {
                    strip(value);
                }
            }
        }
        Value::String(text) if text.starts_with("guest_") || text.starts_with("chatfile_") => {
            "…".clone_into(text);
        }
        _ => {}
    }
}

#[tokio::test]
#[ignore = "needs what `sam build` makes and SAM's emulator: ./test has both"]
async fn the_binaries_respond_as_the_local_code_does() {
    let (here, there) = (Shop::open().await, Shop::open().await);
    let functions = ["Store", "Admin", "Files", "Shop", "Web"];
    let functions = functions.map(|name| (name, Function::start(name, &there)));
    let names = story().into_iter().map(|(name, ..)| name).chain(LOADED.map(|(name, ..)| name));
    for name in names {
        let event = read_event(name);
        let path = event["rawPath"].as_str().unwrap();
        let of = match path {
            path if path.contains("/chat/files") => "Files",
            path if path.starts_with("/admin/chat/shop/") => "Shop",
            path if path.starts_with("/admin/") => "Admin",
            path if path.starts_with("/app/")
                || path == "/chat/widget.js"
                || path.starts_with("/chat/assets/") =>
            {
                "Web"
            }
            _ => "Store",
        };
        let (_, function) = functions.iter().find(|(name, _)| *name == of).unwrap();
        let expected = here.running.gateway.call(event.clone()).await.expect("an answer");
        let answer = function.call(&event).await;
        assert_eq!(common(&answer, &there), common(&expected.payload, &here), "{name}");
        here.settle().await;
        there.settle().await;
    }
}

#[tokio::test]
#[ignore = "needs what `sam build` makes and SAM's emulator: ./test has both"]
async fn the_binaries_handle_events_of_other_services() {
    // Two minutes ago by the binaries' clock, so that notices are due.
    let shop = Shop::by_hand(&[]).await;
    shop.running.app.clock.advance(-120_000);
    let (customer, admin) = (shop.customer("cus_example"), shop.admin("user_example"));
    let hash = customer.open().await;
    customer.say(&hash, "Is the green teapot in stock?").await;

    let activity = Function::start("Activity", &shop);
    assert_eq!(admin.unread("admin").await, 0);
    activity.call(&read_event("stream-written")).await;
    assert_eq!(admin.unread("admin").await, 1, "activity");

    let relay = Function::start("Relay", &shop);
    relay.call(&read_event("stream-written")).await;
    assert_eq!(shop.running.dev.scheduler.pending(), 1, "relay schedules a notice");
    let published = shop.running.dev.bus.events().len();
    assert!(published > 0, "relay publishes events");
    // One run publishes a part of the entries; a second run publishes the rest.
    shop.running.dev.bus.fail_next(3 * published);
    relay.call(&read_event("stream-written")).await;
    assert_eq!(
        shop.running.dev.queue.waiting().len(),
        published,
        "relay queues the events that the bus rejects"
    );
    relay.call(&read_event("relay-retry")).await;
    assert_eq!(
        shop.running.dev.bus.events().len(),
        2 * published,
        "relay publishes the queued events"
    );
    assert!(shop.running.dev.queue.waiting().is_empty());

    admin.answer(&hash, "It is, forty of them.").await;
    let notice = Function::start("Notice", &shop);
    assert_eq!(notice.call(&read_event("notice")).await, "sent");
    assert_eq!(shop.running.dev.outbox.mails().len(), 1);

    shop.running.app.clock.advance(1_000);
    admin.answer(&hash, "It has arrived.").await;
    let digest = Function::start("Digest", &shop);
    assert_eq!(digest.call(&read_event("digest")).await["sent"], 1);
    assert_eq!(shop.running.dev.outbox.mails().len(), 2);

    let feedback = Function::start("Feedback", &shop);
    for name in ["feedback-bounce", "feedback-complaint"] {
        assert_eq!(feedback.call(&read_event(name)).await, Value::Null, "{name}");
    }

    let inbound = Function::start("Inbound", &shop);
    let outcome = inbound.call(&read_event("inbound-stored")).await;
    assert_eq!(outcome[0]["reason"], "gone", "no mail is there");

    let realtime = Function::start("Realtime", &shop);
    for name in ["realtime-connect", "realtime-frame", "realtime-disconnect"] {
        assert_eq!(realtime.call(&read_event(name)).await["statusCode"], 200, "{name}");
    }
}

/// All functions.
const FUNCTIONS: [&str; 12] = [
    "Store", "Admin", "Files", "Shop", "Web", "Realtime", "Activity", "Relay", "Notice", "Digest",
    "Feedback", "Inbound",
];
/// Largest binary, in bytes: 10 MB, of 1,024 KB each (decision 71).
const MAX_BYTES: u64 = 10 * 1024 * 1024;
/// Most instructions from the start of a function to its first wait for an event, its set-up and
/// secrets included.
const MAX_INSTRUCTIONS: u64 = 10_000_000;
/// Most memory at that point, in kilobytes.
const MAX_MEMORY_KB: u64 = 24_000;

#[tokio::test]
#[ignore = "needs what `sam build` makes, and valgrind: ./test has both"]
async fn a_cold_start_keeps_its_budgets() {
    let shop = Shop::open().await;
    let mut wrong = Vec::new();
    for name in FUNCTIONS {
        let bytes = std::fs::metadata(binary(name)).expect("a binary").len();
        let memory = memory_at_first_wait(name, &shop).await;
        let instructions = instructions_to_first_wait(name, &shop).await;
        println!("{name}: {bytes} bytes, {memory} KB, {instructions} instructions");
        if bytes > MAX_BYTES || memory > MAX_MEMORY_KB || instructions > MAX_INSTRUCTIONS {
            wrong.push(name);
        }
    }
    assert!(
        wrong.is_empty(),
        "{wrong:?} cost too much to start: {MAX_BYTES} bytes, {MAX_MEMORY_KB} KB, \
         {MAX_INSTRUCTIONS} instructions"
    );
}

/// Starts a function with this command; returns it and its process once it waits for its first
/// event.
async fn until_first_wait(
    name: &str,
    shop: &Shop,
    command: Command,
) -> (Child, tokio::net::TcpStream) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let api = listener.local_addr().expect("an address").to_string();
    let process = start(name, shop, command, &api);
    let (mut stream, _) = tokio::time::timeout(PATIENCE, listener.accept())
        .await
        .expect("in time")
        .expect("a connection");
    let mut request = vec![0; 1024];
    let length = stream.read(&mut request).await.expect("a request");
    let request = String::from_utf8_lossy(&request[..length]).into_owned();
    assert!(
        request.starts_with("GET /2018-06-01/runtime/invocation/next "),
        "{name} does not start: {request}"
    );
    (process, stream)
}

/// Starts a function with this command; its runtime API is at this address.
fn start(name: &str, shop: &Shop, mut command: Command, api: &str) -> Child {
    command
        .env_clear()
        .envs(environment(name, shop))
        .env("AWS_LAMBDA_RUNTIME_API", api)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("it starts")
}

async fn memory_at_first_wait(name: &str, shop: &Shop) -> u64 {
    let (process, _stream) = until_first_wait(name, shop, Command::new(binary(name))).await;
    let status =
        std::fs::read_to_string(format!("/proc/{}/status", process.id().expect("it runs")))
            .expect("its status");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("its peak");
    peak.trim().trim_end_matches(" kB").parse().expect("a number")
}

async fn instructions_to_first_wait(name: &str, shop: &Shop) -> u64 {
    let (process, _stream) = until_first_wait(name, shop, counting(name)).await;
    end_and_count(process).await
}

/// The command that counts the instructions of a function.
fn counting(name: &str) -> Command {
    let mut command = Command::new("/usr/bin/valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(binary(name));
    command
}

/// Ends a function that is counted. Returns the number of its instructions.
async fn end_and_count(mut process: Child) -> u64 {
    let id = process.id().expect("it runs").to_string();
    std::process::Command::new("/bin/kill").args(["-TERM", &id]).status().expect("killed");
    let mut said = String::new();
    process.stderr.take().expect("its messages").read_to_string(&mut said).await.expect("text");
    let count = said
        .lines()
        .find_map(|line| line.split_once("Collected : "))
        .unwrap_or_else(|| panic!("no count: {said}"));
    count.1.trim().parse().expect("a number")
}

/// Most instructions of the list of 20 conversations with badges, in a function that has started.
/// The aim is 10 million (decision 84).
const MAX_INSTRUCTIONS_OF_LIST: u64 = 15_000_000;
/// Calls whose mean counts.
const CALLS: u64 = 8;

#[tokio::test]
#[ignore = "needs what `sam build` makes, and valgrind: ./test has both"]
async fn the_list_of_conversations_keeps_its_budget_of_instructions() {
    let shop = Shop::with(&[("ACTIVITY_SHARDS", "1")]).await;
    let admin = shop.admin("user_example");
    for number in 0..24 {
        let customer = shop.customer(&format!("cus_{number}"));
        let hash = customer.open().await;
        customer.say(&hash, "Is the green teapot in stock?").await;
        admin.answer(&hash, "It is, forty of them.").await;
        customer.say(&hash, "And the blue one?").await;
        shop.running.app.clock.advance(60_000);
    }
    shop.settle().await;
    let event = read_event("admin-list-channels");
    let first = instructions_of_calls("Admin", &shop, &event, 1).await;
    let all = instructions_of_calls("Admin", &shop, &event, 1 + CALLS).await;
    let mean = (all - first) / CALLS;
    println!("Admin: the list costs {mean} instructions");
    assert!(mean <= MAX_INSTRUCTIONS_OF_LIST, "{mean}, at most {MAX_INSTRUCTIONS_OF_LIST}");
}

/// The instructions of a function from its start until it has answered this event so many times.
async fn instructions_of_calls(name: &str, shop: &Shop, event: &Value, calls: u64) -> u64 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let api = listener.local_addr().expect("an address").to_string();
    let answered = Arc::new(AtomicU64::new(0));
    let (count, event) = (answered.clone(), event.to_string());
    let next = async move || {
        if count.load(Ordering::SeqCst) == calls {
            std::future::pending::<()>().await;
        }
        let headers = [
            ("lambda-runtime-aws-request-id", "3f8c1bd7".to_owned()),
            ("lambda-runtime-deadline-ms", "9999999999999".to_owned()),
            ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:x".to_owned()),
        ];
        (headers, event)
    };
    let count = answered.clone();
    let respond = async move |body: String| {
        let answer: Value = serde_json::from_str(&body).expect("JSON");
        assert_eq!(answer["statusCode"], 200, "{answer}");
        count.fetch_add(1, Ordering::SeqCst);
        StatusCode::ACCEPTED
    };
    let runtime = Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(respond));
    let serving = tokio::spawn(async move { axum::serve(listener, runtime).await });
    let process = start(name, shop, counting(name), &api);
    let all = async {
        while answered.load(Ordering::SeqCst) < calls {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, all).await.expect("answers in time");
    serving.abort();
    end_and_count(process).await
}
