//! `cargo run --release -p bench`: the latency from `POST` to the push, and pushes per second,
//! compared with a bare WebSocket echo in the same process. Everything runs on one machine, so only
//! the ratios are meaningful.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::routing::any;
use futures_util::future::join_all;
use harness::{Client, Shop, Socket};

/// Messages per measurement of latency.
const MESSAGES: usize = 300;
/// Messages to each crowd of sockets.
const BURST: usize = 60;
/// Sockets of one admin: the limit is 20.
const SOCKETS_OF_ADMIN: usize = 20;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let echo = Figures::of(echo_latencies().await?);
    println!("bare echo, one round trip            {echo}");

    let shop = Shop::open().await;
    let customer = shop.customer("cus_bench");
    let hash = customer.open().await;
    let mut staff = shop.socket(&shop.admin("user_bench"), "admin").await;
    let (mut to_frame, mut to_answer) = (Vec::new(), Vec::new());
    for n in 0..MESSAGES {
        let began = Instant::now();
        let answered = async {
            customer.say(&hash, &format!("message {n}")).await;
            began.elapsed()
        };
        let arrived = async {
            staff.next().await;
            began.elapsed()
        };
        let (answer, frame) = tokio::join!(answered, arrived);
        to_answer.push(answer);
        to_frame.push(frame);
    }
    let (frame, answer) = (Figures::of(to_frame), Figures::of(to_answer));
    println!(
        "POST to the frame at the other side  {frame}   {:.1} x a bare echo",
        ratio(frame.median, echo.median)
    );
    println!(
        "POST to the answer                   {answer}   {:.1} x a bare echo",
        ratio(answer.median, echo.median)
    );
    drop(staff);

    let mut alone = None;
    for crowd in [1, 10, 100] {
        let rate = frames_per_second(&shop, &customer, &hash, crowd).await;
        let alone = *alone.get_or_insert(rate);
        println!(
            "{crowd:>4} sockets: {rate:>8.0} frames a second   {:.1} x one socket",
            rate / alone
        );
    }
    Ok(())
}

/// Sends a burst and waits until every socket of a crowd has received it.
async fn frames_per_second(shop: &Shop, customer: &Client, hash: &str, crowd: usize) -> f64 {
    let mut sockets = Vec::new();
    for n in 0..crowd {
        let admin = shop.admin(&format!("user_crowd_{crowd}_{}", n / SOCKETS_OF_ADMIN));
        sockets.push(shop.socket(&admin, "admin").await);
    }
    let began = Instant::now();
    let send = async {
        for n in 0..BURST {
            customer.say(hash, &format!("to {crowd}, {n}")).await;
        }
    };
    let receive = join_all(sockets.iter_mut().map(async |socket| {
        for _ in 0..BURST {
            socket.next().await;
        }
    }));
    tokio::join!(send, receive);
    count(crowd * BURST) / began.elapsed().as_secs_f64()
}

/// Round trips to a server that echoes each frame.
async fn echo_latencies() -> anyhow::Result<Vec<Duration>> {
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let url = format!("ws://{}/", listener.local_addr()?);
    let router =
        Router::new().route("/", any(async |upgrade: WebSocketUpgrade| upgrade.on_upgrade(echo)));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let Ok(mut socket) = Socket::open(&url, &[]).await else {
        anyhow::bail!("the echo socket does not open")
    };
    let mut latencies = Vec::new();
    for n in 0..MESSAGES {
        let began = Instant::now();
        socket.send(&format!("{{\"n\":{n}}}")).await;
        socket.next().await;
        latencies.push(began.elapsed());
    }
    Ok(latencies)
}

async fn echo(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        if socket.send(message).await.is_err() {
            break;
        }
    }
}

/// Median and 99th percentile.
struct Figures {
    median: Duration,
    p99: Duration,
}

impl Figures {
    fn of(mut all: Vec<Duration>) -> Self {
        all.sort_unstable();
        let at = |share: usize| all.get(all.len() * share / 100).copied().unwrap_or_default();
        Self { median: at(50), p99: at(99) }
    }
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "median {:>7.2} ms   p99 {:>7.2} ms",
            self.median.as_secs_f64() * 1e3,
            self.p99.as_secs_f64() * 1e3
        )
    }
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64().max(1e-9)
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::MAX, f64::from)
}
