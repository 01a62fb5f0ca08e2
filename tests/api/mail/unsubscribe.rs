//! The links in mails: unsubscribe, and subscribe again.

use app::unsubscribe::{digest_of_address, digest_of_person};
use axum::http::Method;
use domain::EmailAddress;
use harness::Shop;
use serde_json::json;

use super::{A_MINUTE, ADA, DAY, MIA, MINUTE, Summary, actor, link, run_digest, visit};

#[tokio::test]
async fn opening_the_link_changes_nothing_and_its_button_ends_the_mails() {
    let shop = Shop::open().await;
    let hash = shop.customer("cus_ada").open().await;
    let admin = shop.admin("user_mia");
    admin.answer(&hash, "one").await;
    shop.advance(A_MINUTE).await;
    let path = link(&shop.mails_to(ADA)[0]);
    for _ in 0..3 {
        let page = visit(&shop, Method::GET, &path).await;
        assert_eq!(page.status, 200);
        assert!(page.headers["content-type"].to_str().unwrap().starts_with("text/html"));
        assert!(
            page.html.contains("<form method=\"post\"><button>Unsubscribe</button></form>"),
            "{}",
            page.html
        );
        assert!(!page.html.contains("cus_ada"), "{}", page.html);
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.contains("default-src 'none'") && policy.contains("form-action 'self'"),
            "{policy}"
        );
        assert_eq!(page.headers["cache-control"], "no-store");
        assert_eq!(page.headers["referrer-policy"], "no-referrer");
    }
    shop.customer("cus_ada").read(&hash).await;
    admin.answer(&hash, "two").await;
    shop.advance(20 * MINUTE).await;
    assert_eq!(shop.mails_to(ADA).len(), 2, "opening the link changes nothing");

    for _ in 0..2 {
        let page = visit(&shop, Method::POST, &path).await;
        assert_eq!(page.status, 200);
        assert!(
            page.html.contains("no more emails") && !page.html.contains("<form"),
            "{}",
            page.html
        );
    }
    shop.customer("cus_ada").read(&hash).await;
    admin.answer(&hash, "three").await;
    shop.advance(20 * MINUTE).await;
    assert_eq!(run_digest(&shop).await, Summary { unwanted: 1, ..Summary::default() });
    assert_eq!(shop.mails_to(ADA).len(), 2, "neither notice nor digest");
    assert_eq!(run_digest(&shop).await, Summary::default(), "nothing is retried");
    // Other customers still get mail.
    let other = shop.customer("cus_ben").open().await;
    admin.answer(&other, "one").await;
    shop.advance(A_MINUTE).await;
    assert_eq!(shop.mails_to("cus_ben@customers.example").len(), 1);
}

#[tokio::test]
async fn forged_and_foreign_links_are_refused() {
    let another = "another master key, of another shop";
    let (shop, other) = (Shop::open().await, Shop::with(&[("MASTER_KEY", another)]).await);
    let token = async |shop: &Shop, id: &str| {
        let app = &shop.running.app;
        app.keys
            .get(app.clock.now())
            .await
            .unwrap()
            .unsubscribe
            .token(&digest_of_person(&actor(id)))
    };
    let (ada, ben, foreign) = (
        token(&shop, "cus_ada").await,
        token(&shop, "cus_ben").await,
        token(&other, "cus_ada").await,
    );
    assert_ne!(ada, foreign);
    let half = ada.len() / 2;
    let wrong = [
        foreign,
        format!("{}{}", if ada.starts_with('a') { 'b' } else { 'a' }, &ada[1..]),
        format!("{}{}", &ada[..half], &ben[half..]),
        ada[..half].to_owned(),
        ada[..ada.len() - 1].to_owned(),
        format!("{ada}a"),
        ada.to_uppercase(),
        "cus_ada".to_owned(),
        "%C3%A9".repeat(half),
        "%00".repeat(half),
    ];
    for token in wrong {
        for method in ["GET", "POST"] {
            let reply =
                shop.nobody().send_raw(method, &format!("/chat/unsubscribe/{token}"), "").await;
            assert_eq!(
                reply.refused(400, "invalid_data"),
                "This link is not valid",
                "{method} {token}"
            );
        }
    }
    let hash = shop.customer("cus_ada").open().await;
    shop.admin("user_mia").answer(&hash, "one").await;
    shop.advance(A_MINUTE).await;
    assert_eq!(shop.mails_to(ADA).len(), 1, "no link unsubscribed her");
    assert_eq!(visit(&shop, Method::GET, &format!("/chat/unsubscribe/{ada}")).await.status, 200);
}

#[tokio::test]
async fn a_link_works_while_the_chat_is_off() {
    let shop = Shop::with(&[("CHAT_V1_ENABLED", "false")]).await;
    let app = &shop.running.app;
    let keys = app.keys.get(app.clock.now()).await.unwrap();
    let (person, address) = (
        digest_of_person(&actor("cus_ada")),
        digest_of_address(&EmailAddress::parse(ADA).unwrap()),
    );
    let path = format!("/chat/unsubscribe/{}", keys.unsubscribe.token(&person));
    let may_mail = async || shop.running.app.store.may_mail(&person, &address).await.unwrap();
    let page = visit(&shop, Method::GET, &path).await;
    assert_eq!((page.status, page.html.contains("<button>"), may_mail().await), (200, true, true));
    assert_eq!((visit(&shop, Method::POST, &path).await.status, may_mail().await), (200, false));
    assert_eq!((visit(&shop, Method::POST, &path).await.status, may_mail().await), (200, false));
}

#[tokio::test]
async fn an_admin_who_unsubscribed_can_turn_the_digest_on_again() {
    let shop = Shop::open().await;
    shop.admin("user_mia").set_profile(json!({})).await;
    let hash = shop.customer("cus_ada").open().await;
    shop.customer("cus_ada").say(&hash, "Is it in stock?").await;
    assert_eq!(run_digest(&shop).await, Summary { sent: 1, ..Summary::default() });
    let path = link(&shop.mails_to(MIA)[0]);
    assert_eq!(visit(&shop, Method::POST, &path).await.status, 200);
    assert_eq!(
        shop.admin("user_mia").get("/admin/chat/profile").await.ok()["profile"]["digest"],
        false
    );
    shop.advance(DAY).await;
    shop.customer("cus_ada").say(&hash, "Hello?").await;
    assert_eq!(run_digest(&shop).await, Summary { unwanted: 1, ..Summary::default() });
    shop.admin("user_mia").set_profile(json!({ "first_name": "Mimi" })).await;
    assert_eq!(
        run_digest(&shop).await,
        Summary { unwanted: 1, ..Summary::default() },
        "a new name does not turn the digest on"
    );
    shop.admin("user_mia").set_profile(json!({ "digest": true })).await;
    assert_eq!(run_digest(&shop).await, Summary { sent: 1, ..Summary::default() });
    let mails = shop.mails_to(MIA);
    assert_eq!(mails.len(), 2);
    assert!(mails[1].text.contains("Hello Mimi,"), "{}", mails[1].text);
    assert_eq!(link(&mails[1]), path, "the same link works again");
}

#[tokio::test]
async fn a_customer_who_unsubscribed_can_subscribe_again() {
    let shop = Shop::open().await;
    let (customer, admin) = (shop.customer("cus_ada"), shop.admin("user_mia"));
    let hash = customer.open().await;
    admin.answer(&hash, "one").await;
    shop.advance(A_MINUTE).await;
    let path = link(&shop.mails_to(ADA)[0]);
    let app = &shop.running.app;
    let opted_out =
        async || app.store.has_opted_out(&digest_of_person(&actor("cus_ada"))).await.unwrap();
    let page = visit(&shop, Method::POST, &path).await;
    assert!(page.html.contains("<a href=\"\">"), "a link back: {}", page.html);
    // Scanners that open or post links do not subscribe her again.
    for _ in 0..2 {
        let page = visit(&shop, Method::GET, &path).await;
        assert!(
            page.html.contains("name=\"subscribe\" value=\"again\"")
                && !page.html.contains("<form method=\"post\"><button>")
        );
        visit(&shop, Method::POST, &path).await;
        assert!(opted_out().await);
    }
    let post = async |body: &str| shop.nobody().send_raw("POST", &path, body.to_owned()).await;
    assert_eq!(post("List-Unsubscribe=One-Click&subscribe=again").await.status, 200);
    assert!(opted_out().await, "a one-click request unsubscribes, whatever else it holds");
    for _ in 0..2 {
        let page = post("subscribe=again").await;
        assert_eq!(page.status, 200);
        assert!(page.text.contains("again") && !page.text.contains("<form"), "{}", page.text);
        assert!(!opted_out().await);
    }
    customer.read(&hash).await;
    shop.advance(20 * MINUTE).await;
    admin.answer(&hash, "two").await;
    shop.advance(A_MINUTE).await;
    assert_eq!(shop.mails_to(ADA).len(), 2);
    assert_eq!(link(&shop.mails_to(ADA)[1]), path, "the same link works again");
    assert_eq!(visit(&shop, Method::POST, &path).await.status, 200);
    assert!(opted_out().await);
}
