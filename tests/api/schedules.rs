//! One-time schedules whose call keeps failing.

use harness::{Fault, Shop};
use serde_json::json;

#[tokio::test]
async fn a_notice_that_keeps_failing_goes_to_the_dead_letter_queue() {
    let shop = Shop::open().await;
    let guest = shop.guest();
    let hash = guest.open().await;
    guest.say(&hash, "Do you ship to Iceland?").await;
    shop.settle().await;
    assert_eq!(shop.running.dev.scheduler.pending(), 1);
    shop.wire.disturb(|_, _| Some(Fault::Throttle));
    // The schedule's minute, and the one and two minutes before Lambda's retries.
    for (seconds, waiting) in [(61, 1), (61, 1), (121, 0)] {
        assert!(shop.running.dev.scheduler.failures().is_empty());
        shop.advance(seconds).await;
        assert_eq!(shop.running.dev.scheduler.pending(), waiting);
    }
    shop.wire.reset();
    let failures = shop.running.dev.scheduler.failures();
    let [failure] = failures.as_slice() else { panic!("one call: {failures:?}") };
    let queue = shop
        .running
        .app
        .config
        .outside
        .schedules
        .as_ref()
        .and_then(|schedules| schedules.failures.clone());
    assert_eq!((Some(&failure.queue), failure.attempts), (queue.as_ref(), 3));
    let key = domain::ChannelHash::parse(&hash).unwrap().key();
    assert_eq!(
        (&failure.input["channel"], &failure.input["side"]),
        (&json!(key.as_str()), &json!("staff"))
    );
    assert!(!failure.error.is_empty());
    // A replay as in docs/operations.md sends the mail.
    let notice = serde_json::from_value(failure.input.clone()).unwrap();
    let outcome = notice::handle(notice::Notices::new(&shop.running.app), notice).await.unwrap();
    assert_eq!(outcome, notice::Outcome::Sent);
}
