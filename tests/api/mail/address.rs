//! Which address a mail goes to.

use harness::Shop;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{A_MINUTE, ADA, MINUTE, Summary, actor, run_digest};

#[tokio::test]
async fn a_notice_waits_while_the_directory_is_down() {
    let shop = Shop::open().await;
    shop.running.dev.medusa.set_down(true);
    let hash = shop.customer("cus_ada").open().await;
    shop.admin("user_mia").answer(&hash, "It is in stock.").await;
    shop.advance(A_MINUTE).await;
    assert!(shop.mails().is_empty());
    shop.running.dev.medusa.set_down(false);
    shop.advance(A_MINUTE).await;
    assert_eq!(shop.mails_to(ADA).len(), 1);
}

#[tokio::test]
async fn a_404_of_another_server_is_no_missing_customer() {
    // With a wrong MEDUSA_URL a missing page looks like a missing customer.
    let shop = Shop::by_hand(&[("MEDUSA_URL", "")]).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let wrong = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
            let response = "HTTP/1.1 404 Not Found\r\ncontent-length: 9\r\n\
                            connection: close\r\n\r\n\
                            not found";
            let _ = stream.write_all(response.as_bytes()).await;
        }
    });
    let mut config = shop.running.app.config.clone();
    config.outside.medusa_url = Some(wrong);
    let app = app::App::new(config, shop.running.app.clock.clone());
    let hash = shop.customer("cus_eve").open().await;
    shop.admin("user_mia").answer(&hash, "It is in stock.").await;
    let directory = directory::Directory::new(&app);
    let person = directory.person(&actor("cus_eve"), app.clock.now()).await.unwrap();
    assert!(person.vouched.is_none() && directory.is_pending(&person));
    assert!(
        digest::handle(digest::Digest::new(&app), Value::Null).await.is_err(),
        "she waits for the next run"
    );
    let key = domain::ChannelHash::parse(&hash).unwrap().key();
    assert!(app.store.channel_of_key(&key).await.unwrap().unwrap().waiting_since.is_some());
}

#[tokio::test]
async fn mails_go_to_the_current_address() {
    let shop = Shop::open().await;
    let (ada, ben) = (shop.customer("cus_ada"), shop.customer("cus_ben"));
    let (to_ada, to_ben) = (ada.open().await, ben.open().await);
    shop.settle().await;
    for hash in [&to_ada, &to_ben] {
        shop.admin("user_mia").answer(hash, "It is in stock.").await;
    }
    shop.running.dev.medusa.rename("cus_ada", "Ada", "King", Some("ada@king.example"));
    shop.advance(A_MINUTE).await;
    assert_eq!((shop.mails_to(ADA).len(), shop.mails_to("ada@king.example").len()), (0, 1));
    // While the directory is down, the stored address is used.
    ada.read(&to_ada).await;
    shop.running.dev.medusa.rename("cus_ada", "Ada", "Queen", Some("ada@queen.example"));
    shop.advance(20 * MINUTE).await;
    shop.running.dev.medusa.set_down(true);
    shop.admin("user_mia").answer(&to_ada, "It has arrived.").await;
    shop.advance(A_MINUTE).await;
    assert_eq!(shop.mails_to("ada@king.example").len(), 2);
    shop.running.dev.medusa.set_down(false);
    shop.running.dev.medusa.rename("cus_ben", "Ben", "King", Some("ben@king.example"));
    shop.admin("user_mia").answer(&to_ben, "It has arrived.").await;
    shop.running.app.clock.advance(HALF_A_MINUTE_MS);
    run_digest(&shop).await;
    assert_eq!(shop.mails_to("ben@king.example").len(), 1, "the digest refreshes addresses too");
}

/// How long the directory gets no request after a failure.
const HALF_A_MINUTE_MS: i64 = 30_000;

#[tokio::test]
async fn a_domain_in_its_own_letters_gets_mail_and_an_unmailable_address_is_marked() {
    let shop = Shop::open().await;
    shop.running.dev.medusa.rename("cus_ada", "Ana", "Müller", Some("ana@münchen.example"));
    shop.running.dev.medusa.rename("cus_ben", "Jörg", "Müller", Some("jörg@customers.example"));
    for name in ["ada", "ben"] {
        let hash = shop.customer(&format!("cus_{name}")).open().await;
        shop.admin("user_mia").answer(&hash, "It is in stock.").await;
    }
    shop.settle().await;
    let list = shop.admin("user_mia").channels().await;
    let shown = |id: &str| {
        let customers = harness::pluck(&list["channels"], "customer");
        customers.into_iter().find(|customer| customer["id"] == id).expect("a customer")
    };
    assert_eq!(
        (&shown("cus_ada")["email"], &shown("cus_ada")["mailable"]),
        (&json!("ana@münchen.example"), &Value::Null)
    );
    assert_eq!(
        (&shown("cus_ben")["email"], &shown("cus_ben")["mailable"]),
        (&json!("jörg@customers.example"), &json!(false))
    );
    shop.advance(A_MINUTE).await;
    let mailed: Vec<_> = shop.mails().into_iter().flat_map(|mail| mail.to).collect();
    assert_eq!(mailed, ["ana@xn--mnchen-3ya.example"]);
    assert_eq!(run_digest(&shop).await, Summary { unwanted: 1, ..Summary::default() });
}
