//! The real server process: what survives `kill -9`, what it prints, and what it logs.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test that panics has failed")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use domain::Timestamp;
use reqwest::Client;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::mpsc;
use tokio::time::timeout;

const WRITERS: usize = 4;
const KILLS: usize = 3;
/// Messages that are acknowledged before each kill, so that the writers are busy on every machine.
const ACKNOWLEDGED_BEFORE_A_KILL: usize = 40;
/// Longest wait for an event; it only ends a run that fails.
const PATIENCE: Duration = Duration::from_mins(2);

struct Server {
    process: Child,
    url: String,
}

async fn start(folder: &Path) -> Server {
    let mut process = command(folder).stdout(Stdio::piped()).spawn().expect("the server starts");
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let url = url_in(&mut lines, &mut Vec::new()).await;
    Server { process, url }
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_local"));
    command
        .args(["--port", "0", "--data"])
        .arg(folder)
        .env("STORE_SENDS_PER_MINUTE", "1000000")
        .env("STORE_SEND_BURST", "1000000")
        .kill_on_drop(true);
    command
}

/// Reads until the server prints its URL, which it does once it accepts requests. Appends the lines
/// before that to `said`.
async fn url_in(lines: &mut Lines<BufReader<ChildStdout>>, said: &mut Vec<String>) -> String {
    loop {
        let line = lines.next_line().await.expect("output").expect("the server said where it runs");
        if let Some(rest) = line.trim().strip_prefix("Live chat runs at ") {
            return rest.split_whitespace().next().unwrap().to_owned();
        }
        said.push(line);
    }
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("chat-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

fn now() -> Timestamp {
    app::Clock::default().now()
}

#[tokio::test]
async fn files_survive_a_kill() {
    let folder = folder("files");
    let mut server = start(&folder).await;
    let token = local::customer_token("cus_1", now());
    let post = async |url: &str, path: &str, body: Value| {
        call(url, &token, reqwest::Method::POST, path, &body).await.expect("an answer")
    };
    let opened = post(&server.url, "/store/chat/channels", json!({})).await;
    let content = b"%PDF-1.7 a receipt".as_slice();
    let file = json!({
        "channel_hash": opened["channel"]["channel_hash"], "name": "receipt.pdf",
        "content_type": "application/pdf", "size": content.len(),
    });
    let announced = post(&server.url, "/store/chat/files", file).await;
    let (upload, id) = (&announced["upload"], announced["file"]["id"].as_str().unwrap());
    let mut request = Client::new().put(upload["url"].as_str().unwrap()).body(content);
    for (name, value) in upload["headers"].as_object().unwrap() {
        request = request.header(name, value.as_str().unwrap());
    }
    assert_eq!(request.send().await.expect("an answer").status(), 200);
    server.process.kill().await.expect("killed");

    let server = start(&folder).await;
    let ready = post(&server.url, &format!("/store/chat/files/{id}"), json!({})).await;
    let link = ready["file"]["url"].as_str().expect("a link");
    let link = format!("{}{}", server.url, link.find("/chat/").map_or("", |at| &link[at..]));
    let loaded = reqwest::get(link).await.expect("an answer").bytes().await.expect("bytes");
    assert_eq!(loaded, content);
    let _ = std::fs::remove_dir_all(&folder);
}

async fn call(
    url: &str,
    token: &str,
    method: reqwest::Method,
    path: &str,
    body: &Value,
) -> Option<Value> {
    let request = Client::new()
        .request(method, format!("{url}{path}"))
        .bearer_auth(token)
        .body(body.to_string());
    let answer = request.send().await.ok()?;
    if answer.status() != 200 {
        return None;
    }
    answer.json().await.ok()
}

/// Sends messages until the server is killed. Returns the bodies that it sent and, of those, the
/// acknowledged ones.
async fn send_until_killed(
    url: String,
    token: String,
    writer: String,
    acknowledge: mpsc::UnboundedSender<()>,
) -> (Vec<String>, Vec<String>) {
    let (mut sent, mut acknowledged) = (Vec::new(), Vec::new());
    for n in 0.. {
        let body = format!("{writer}-{n}");
        let message = json!({ "body": body, "client_message_id": format!("kill-{body}") });
        sent.push(body.clone());
        if call(&url, &token, reqwest::Method::POST, "", &message).await.is_none() {
            break;
        }
        acknowledged.push(body);
        let _ = acknowledge.send(());
    }
    (sent, acknowledged)
}

async fn whole_log(url: &str, admin: &str) -> Vec<Value> {
    let mut log: Vec<Value> = Vec::new();
    loop {
        let after = log.last().map_or(0, |event| event["seq"].as_u64().unwrap());
        let path = format!("/admin/chat/channels/direct:admin:cus_1/events?after={after}");
        let page = call(url, admin, reqwest::Method::GET, &path, &Value::Null)
            .await
            .expect("a page of the log");
        let field = |name: &str| page.get(name).cloned().expect(name);
        log.extend(field("events").as_array().unwrap().iter().cloned());
        if field("has_more") == false {
            return log;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_9_loses_no_acknowledged_message() {
    let folder = folder("durability");
    let customer = local::customer_token("cus_1", now());
    let admin = local::admin_token("user_1", now());
    let mut acknowledged: BTreeSet<String> = BTreeSet::new();
    let mut sent: BTreeSet<String> = BTreeSet::new();
    for round in 0..KILLS {
        let mut server = start(&folder).await;
        call(&server.url, &customer, reqwest::Method::POST, "/store/chat/channels", &json!({}))
            .await
            .expect("opened");
        let (acknowledge, mut acknowledgements) = mpsc::unbounded_channel();
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (scope, token) =
                    if writer % 2 == 0 { ("admin", &admin) } else { ("store", &customer) };
                let url = format!("{}/{scope}/chat/messages/direct:admin:cus_1", server.url);
                tokio::spawn(send_until_killed(
                    url,
                    token.clone(),
                    format!("{round}-{writer}"),
                    acknowledge.clone(),
                ))
            })
            .collect();
        for _ in 0..ACKNOWLEDGED_BEFORE_A_KILL {
            timeout(PATIENCE, acknowledgements.recv()).await.expect("messages are stored");
        }
        server.process.kill().await.expect("killed");
        for writer in writers {
            let (tried, stored) = writer.await.expect("a writer");
            sent.extend(tried);
            acknowledged.extend(stored);
        }
    }
    assert!(acknowledged.len() >= KILLS * ACKNOWLEDGED_BEFORE_A_KILL, "{}", acknowledged.len());

    let server = start(&folder).await;
    let found = whole_log(&server.url, &admin).await;
    let bodies: Vec<String> = found
        .iter()
        .map(|event| event["payload"]["message"]["body"].as_str().unwrap().to_owned())
        .collect();
    let once: BTreeSet<String> = bodies.iter().cloned().collect();
    assert_eq!(once.len(), bodies.len(), "a message is there twice");
    assert!(
        once.is_superset(&acknowledged),
        "lost: {:?}",
        acknowledged.difference(&once).collect::<Vec<_>>()
    );
    assert!(once.is_subset(&sent));
    assert_eq!(
        found.iter().map(|event| event["seq"].as_u64().unwrap()).collect::<Vec<_>>(),
        (1..=found.len() as u64).collect::<Vec<_>>()
    );

    let by_customer = found
        .iter()
        .filter(|event| event["payload"]["message"]["sender_role"] == "customer")
        .count();
    let unread = async |token: &str, scope: &str| {
        let path = format!("/{scope}/chat/messages/unread-count");
        call(&server.url, token, reqwest::Method::GET, &path, &Value::Null).await.expect("a count")
            ["unread_count"]
            .clone()
    };
    assert_eq!(unread(&customer, "store").await, json!(found.len() - by_customer));
    // The shop's total follows the stream, which resumes after the kill: late, never wrong.
    let settled = async {
        while unread(&admin, "admin").await != json!(by_customer) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, settled).await.expect("the shop's total comes out right");
    drop(server);
    let _ = std::fs::remove_dir_all(&folder);
}

#[tokio::test]
async fn logs_hold_no_secret_and_no_message() {
    let folder = folder("log");
    // Our own lines as in Lambda, and more. Lambda never enables the SDK's debug lines, which show
    // requests.
    let mut process = command(&folder)
        .env(
            "CHAT_LOG",
            "warn,app=trace,http=trace,api=trace,store=trace,push=trace,realtime=trace,\
             activity=trace,local=trace,calls=trace",
        )
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the server starts");
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let mut log = BufReader::new(process.stderr.take().unwrap()).lines();
    let mut said = Vec::new();
    let url = url_in(&mut lines, &mut said).await;
    let (secret, body, token) = (
        "canary-guest-secret-7f3a9",
        "canary message body",
        local::customer_token("cus_canary", now()),
    );
    let client = Client::new();
    let send = async |path: &str, body: String| {
        let request = client.post(format!("{url}{path}")).header("guest_id_for_live_chat", secret);
        request.body(body).send().await.expect("an answer").text().await.expect("a body")
    };
    let opened: Value =
        serde_json::from_str(&send("/store/chat/channels", String::new()).await).unwrap();
    let hash = opened["channel"]["channel_hash"].as_str().unwrap();
    let path = format!("/store/chat/messages/{hash}");
    send(&path, json!({ "body": body, "client_message_id": "canary-client-id" }).to_string()).await;
    send(&path, json!({ "body": 7 }).to_string()).await;
    send(&path, format!("{{\"body\": \"{body}")).await;
    send(&format!("{path}?search={secret}"), json!({ "body": "" }).to_string()).await;
    call(&url, &token, reqwest::Method::GET, "/store/chat/channels?search=canary", &Value::Null)
        .await
        .expect("a list");
    call(
        &url,
        "canary-token-that-is-none",
        reqwest::Method::GET,
        "/admin/chat/channels",
        &Value::Null,
    )
    .await;

    let ticket: Value =
        serde_json::from_str(&send("/store/chat/realtime/ticket", String::new()).await).unwrap();
    let ticket = ticket["ticket"].as_str().unwrap();
    let socket = tokio_tungstenite::connect_async(format!(
        "{}/ws?ticket={ticket}",
        url.replacen("http", "ws", 1)
    ))
    .await;
    send(&path, json!({ "body": body }).to_string()).await;
    drop(socket.expect("a socket"));

    // The greeting shows the demo's own tokens: only later lines and the log are checked.
    process.start_kill().expect("killed");
    while let Some(line) = lines.next_line().await.expect("output") {
        said.push(line);
    }
    while let Some(line) = log.next_line().await.expect("output") {
        said.push(line);
    }
    assert!(
        said.iter().any(|line| line.contains("socket.status")),
        "sockets are logged: {said:#?}"
    );
    let log: Vec<&String> = said.iter().filter(|line| line.contains("http.status=")).collect();
    assert!(log.len() >= 7, "one line for each request: {said:#?}");
    assert!(
        log.iter().any(|line| line.contains("/store/chat/messages/{channel_hash}")),
        "the route's pattern: {log:#?}"
    );
    for call in ["TransactWriteItems", "Query", "push"] {
        let is_timed = |line: &String| line.contains(call) && line.contains("time.busy");
        assert!(said.iter().any(is_timed), "the duration of each {call} is logged: {said:#?}");
    }
    for line in said {
        for canary in
            [secret, body, ticket, token.as_str(), "canary-token", "canary-client-id", hash]
        {
            assert!(!line.contains(canary), "{canary} is in the log: {line}");
        }
    }
    let _ = std::fs::remove_dir_all(&folder);
}

/// Starts a server with this environment; returns it, its URL and its greeting.
async fn greeting_with(environment: &[(&str, &str)]) -> (Child, String, Vec<String>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_local"));
    for name in ["JWT_SECRET", "JWT_PUBLIC_KEY", "MEDUSA_URL"] {
        command.env_remove(name);
    }
    command
        .args(["--port", "0", "--memory", "--demo"])
        .envs(environment.iter().copied())
        .kill_on_drop(true);
    let mut process = command.stdout(Stdio::piped()).spawn().expect("the server starts");
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let mut said = Vec::new();
    let url = url_in(&mut lines, &mut said).await;
    // The last line of the greeting moves the clock.
    while !said.last().is_some_and(|line: &String| line.contains("advance_seconds")) {
        said.push(lines.next_line().await.expect("output").expect("the whole greeting"));
    }
    (process, url, said)
}

/// The value that the greeting assigns to a shell variable.
fn assigned<'a>(greeting: &'a [String], name: &str) -> &'a str {
    greeting
        .iter()
        .find_map(|line| line.trim().strip_prefix(name)?.strip_prefix('='))
        .expect("the greeting assigns it")
}

#[tokio::test]
async fn printed_tokens_are_valid_with_every_form_of_the_secret() {
    let rotated =
        "a second secret of the shop, long enough\n an earlier secret of the shop, long enough \n";
    for secret in [
        None,
        Some("a secret of the shop, of its own, long enough"),
        Some("short"),
        Some(rotated),
        Some(""),
    ] {
        let environment: Vec<_> = secret.map(|secret| ("JWT_SECRET", secret)).into_iter().collect();
        let (_process, url, greeting) = greeting_with(&environment).await;
        let get = async |path: &str, token: &str| {
            call(&url, token, reqwest::Method::GET, path, &Value::Null).await
        };
        let [customer, staff] = ["CUSTOMER", "STAFF"].map(|name| assigned(&greeting, name));
        // The demo shop was filled with such tokens too.
        assert_eq!(
            get("/store/chat/channels", customer).await.expect("own channels")["count"],
            1,
            "{secret:?}"
        );
        assert_eq!(
            get("/admin/chat/channels", staff).await.expect("all channels")["count"],
            12,
            "{secret:?}"
        );
        let people = get("/dev/people.json", "").await.expect("people");
        for person in people.as_array().unwrap() {
            let path = if person["is_staff"] == true {
                "/admin/chat/channels"
            } else {
                "/store/chat/channels"
            };
            assert!(
                get(path, person["token"].as_str().unwrap()).await.is_some(),
                "{secret:?}: {}",
                person["id"]
            );
        }
        let login = json!({ "email": "user_mia@staff.example", "password": "teapot" });
        let path = format!("{url}/dev/medusa/auth/user/emailpass");
        let login: Value =
            Client::new().post(path).json(&login).send().await.unwrap().json().await.unwrap();
        assert!(
            get("/admin/chat/channels", login["token"].as_str().unwrap()).await.is_some(),
            "{secret:?}: the login"
        );
    }
}

#[tokio::test]
async fn a_login_is_printed_for_the_demo_medusa_only() {
    let login = |greeting: &[String]| {
        greeting.iter().any(|line| line.contains("teapot)") || line.contains("staff.example"))
    };
    assert!(login(&greeting_with(&[]).await.2));
    for medusa in ["http://127.0.0.1:9000", "https://medusa.example/"] {
        assert!(!login(&greeting_with(&[("MEDUSA_URL", medusa)]).await.2), "{medusa}");
    }
}

#[tokio::test]
async fn no_token_is_printed_where_only_medusa_can_sign_it() {
    let pem = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEpUGAcZH4KDcjtj0dGP3gqmK13bW5
BiieJ7hVBu22OKOdG90rkb0duwFAovo9/qM0hfqMnAJdXPL+OViKanv5LQ==
-----END PUBLIC KEY-----
";
    let (_process, _, greeting) = greeting_with(&[("JWT_PUBLIC_KEY", pem)]).await;
    assert_eq!(
        ["CUSTOMER", "STAFF"].map(|name| assigned(&greeting, name).starts_with("'<a token of ")),
        [true; 2]
    );
    assert!(!greeting.iter().any(|line| line.contains("eyJ")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_moved_clock_survives_a_restart() {
    let folder = folder("clock");
    let ahead = async |url: &str| {
        let answer = Client::new()
            .post(format!("{url}/dev/clock"))
            .body(r#"{"advance_seconds":0}"#)
            .send()
            .await
            .unwrap();
        let answer: Value = answer.json().await.unwrap();
        Timestamp::parse(answer["now"].as_str().unwrap()).unwrap().since(now()) / 3_600_000
    };
    let mut server = start(&folder).await;
    // Half an hour more than the hours that are compared.
    let moved = Client::new()
        .post(format!("{}/dev/clock", server.url))
        .body(r#"{"advance_seconds":91800}"#)
        .send()
        .await
        .unwrap();
    assert_eq!((moved.status().as_u16(), ahead(&server.url).await), (200, 25));
    let too_far = Client::new()
        .post(format!("{}/dev/clock", server.url))
        .body(r#"{"advance_seconds":1e12}"#)
        .send()
        .await
        .unwrap();
    assert_eq!(too_far.status(), 400);
    server.process.kill().await.unwrap();
    let server = start(&folder).await;
    assert_eq!(ahead(&server.url).await, 25);
    let _ = std::fs::remove_dir_all(&folder);
}
