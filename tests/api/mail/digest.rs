//! The daily digest.

use app::unsubscribe::digest_of_person;
use harness::Shop;
use serde_json::json;

use super::{A_MINUTE, ADA, DAY, MIA, Summary, actor, link, run_digest};

#[tokio::test]
async fn a_customer_gets_one_digest_of_all_conversations() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_ada");
    let (to_shop, to_mia) = (customer.open().await, customer.open_with_admin("user_mia").await);
    shop.customer("cus_ben").open().await;
    shop.admin("user_mia").answer(&to_shop, "one").await;
    shop.admin("user_mia").answer(&to_mia, "two").await;
    assert_eq!(run_digest(&shop).await, Summary { sent: 1, ..Summary::default() });
    let mails = shop.mails();
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    assert_eq!(mail.to, [ADA]);
    assert_eq!(mail.subject, "2 unread messages – The Teapot Shop");
    for part in ["Hello Ada,", "The Teapot Shop – 1 unread", "> one", "Mia – 1 unread", "> two"]
    {
        assert!(mail.text.contains(part), "{part} is not in {}", mail.text);
    }
    let shop_page = &shop.running.app.config.mail.storefront_url;
    assert!(shop_page.ends_with("#live-chat"), "{shop_page}");
    assert_eq!(mail.text.lines().filter(|line| line == shop_page).count(), 1, "{}", mail.text);
    assert_eq!(mail.headers["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click");
    assert!(link(mail).starts_with("/chat/unsubscribe/"));
    let members = shop.admin("user_mia").messages(&to_shop).await["members"].clone();
    assert!(members[0]["notified_at"].is_string(), "{members}");
}

#[tokio::test]
async fn a_digest_comes_once_a_day_and_has_only_new_messages() {
    let shop = Shop::open().await;
    let hash = shop.customer("cus_ada").open().await;
    shop.admin("user_mia").answer(&hash, "one").await;
    assert_eq!(run_digest(&shop).await, Summary { sent: 1, ..Summary::default() });
    assert_eq!(run_digest(&shop).await, Summary::default(), "nothing is new");
    shop.admin("user_mia").answer(&hash, "two").await;
    assert_eq!(
        run_digest(&shop).await,
        Summary { done: 1, ..Summary::default() },
        "not twice a day"
    );
    assert_eq!(shop.mails().len(), 1);

    shop.advance(DAY).await;
    assert_eq!(run_digest(&shop).await, Summary { sent: 1, ..Summary::default() });
    let mails = shop.mails_to(ADA);
    assert_eq!(mails.len(), 2);
    assert!(mails[1].text.contains("> two"), "{}", mails[1].text);
    shop.advance(DAY).await;
    assert_eq!(run_digest(&shop).await, Summary::default(), "unread, but already mailed");
    shop.admin("user_mia").answer(&hash, "three").await;
    shop.customer("cus_ada").read(&hash).await;
    assert_eq!(run_digest(&shop).await, Summary::default(), "read");
    assert_eq!(shop.mails().len(), 2);
}

#[tokio::test]
async fn the_digest_omits_messages_of_a_notice() {
    let shop = Shop::open().await;
    let hash = shop.customer("cus_ada").open().await;
    shop.admin("user_mia").answer(&hash, "one").await;
    shop.advance(A_MINUTE).await;
    assert_eq!(shop.mails_to(ADA).len(), 1);
    assert_eq!(run_digest(&shop).await, Summary::default());
    // Without a read there is no second notice: the digest has the message.
    shop.admin("user_mia").answer(&hash, "two").await;
    shop.advance(A_MINUTE).await;
    assert_eq!(shop.mails_to(ADA).len(), 1);
    assert_eq!(run_digest(&shop).await, Summary { sent: 1, ..Summary::default() });
}

#[tokio::test]
async fn admins_get_a_digest_of_new_messages_unless_they_turned_it_off() {
    let shop = Shop::open().await;
    shop.admin("user_mia").set_profile(json!({})).await;
    shop.admin("user_bob").set_profile(json!({ "digest": false })).await;
    let hash = shop.customer("cus_ada").open().await;
    shop.customer("cus_ada").say(&hash, "Is it in stock?").await;
    assert_eq!(run_digest(&shop).await, Summary { sent: 1, ..Summary::default() });
    let mails = shop.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, [MIA]);
    assert_eq!(mails[0].subject, "1 unread message – The Teapot Shop");
    let link = format!("{}#direct%3Aadmin%3Acus_ada", shop.running.app.config.mail.admin_url);
    for part in ["Hello Mia,", "Ada Customer – 1 unread", "> Is it in stock?", &link] {
        assert!(mails[0].text.contains(part), "{part} is not in {}", mails[0].text);
    }
    let button = mails[0].html.matches(&format!("href=\"{link}\"")).count();
    assert_eq!(button, 2, "the name and, with one conversation, the button");
    assert_eq!(run_digest(&shop).await, Summary::default());
    shop.customer("cus_ada").say(&hash, "And the lid?").await;
    assert_eq!(
        run_digest(&shop).await,
        Summary { done: 1, ..Summary::default() },
        "not twice a day"
    );

    shop.advance(DAY).await;
    assert_eq!(run_digest(&shop).await, Summary { sent: 1, ..Summary::default() });
    let mails = shop.mails_to(MIA);
    assert_eq!(mails.len(), 2);
    assert!(mails[1].text.contains("> And the lid?"), "{}", mails[1].text);
    let events = shop.running.dev.bus.events();
    let told = events.iter().rfind(|event| event["detail"]["to"] == MIA).expect("a notification");
    assert_eq!(told["detail"]["data"]["channels"][0]["chat_url"], json!(link));
    shop.advance(DAY).await;
    assert_eq!(run_digest(&shop).await, Summary::default(), "unread, but already mailed");
    shop.customer("cus_ada").say(&hash, "Hello?").await;
    shop.admin("user_mia").read(&hash).await;
    assert_eq!(run_digest(&shop).await, Summary::default(), "read");
    assert!(shop.mails_to("user_bob@staff.example").is_empty());
}

#[tokio::test]
async fn the_rate_counts_mails_and_not_people() {
    let shop = Shop::by_hand(&[]).await;
    let app = &shop.running.app;
    for n in 0..20 {
        let hash = shop.customer(&format!("cus_{n}")).open().await;
        shop.admin("user_mia").answer(&hash, "It is in stock.").await;
        if n > 2 {
            app.store
                .opt_out(&digest_of_person(&actor(&format!("cus_{n}"))), app.clock.now())
                .await
                .unwrap();
        }
    }
    shop.deliver_all().await;
    let pace = digest::Pace::new(1_000);
    let summary = digest::run(digest::Digest::new(app), pace.clone()).await.unwrap();
    assert_eq!(summary, Summary { sent: 3, unwanted: 17, ..Summary::default() });
    assert_eq!(pace.passed(), 3);
}
