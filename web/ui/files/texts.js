// @ts-check
/** The texts of files, for both faces. English stands for every language that is missing. */

const FILE_ENGLISH = {
  remove: 'Remove {name}',
  describe: 'Describe the picture (optional)',
  large: '{name} is larger than {limit}.',
  type: '{name} cannot be sent. Photos, PDF, text and MP4 can.',
  empty: '{name} is empty.',
  many: 'A message takes {count} files at most.',
  bytes: 'The content of the file is not what its name says.',
  often: 'Too many files in a short time. Try again at {time}.',
  lost: '{name} is no longer in this browser. Please attach it again.',
  uploading: 'Uploading {percent}',
  waiting: 'The upload waits for the connection.',
  cancel: 'Cancel',
  now: 'Try now',
  last: 'Send the next ones first',
  open: 'Open {name}',
  download: 'Download',
  close: 'Close',
};

/** @typedef {typeof FILE_ENGLISH} FileTexts */

/** @type {Record<string, FileTexts>} */
const FILE_LANGUAGES = {
  ar: {
    remove: 'إزالة {name}',
    describe: 'صف الصورة (اختياري)',
    large: '{name} أكبر من {limit}.',
    type: 'لا يمكن إرسال {name}. يمكن إرسال الصور وPDF والنصوص وMP4.',
    empty: '{name} فارغ.',
    many: 'تتسع الرسالة لعدد {count} من الملفات كحد أقصى.',
    bytes: 'محتوى الملف لا يطابق اسمه.',
    often: 'ملفات كثيرة في وقت قصير. حاول مرة أخرى في {time}.',
    lost: 'لم يعد {name} في هذا المتصفح. يرجى إرفاقه مرة أخرى.',
    uploading: 'جارٍ الرفع {percent}',
    waiting: 'الرفع في انتظار الاتصال.',
    cancel: 'إلغاء',
    now: 'حاول الآن',
    last: 'أرسل الرسائل التالية أولاً',
    open: 'فتح {name}',
    download: 'تنزيل',
    close: 'إغلاق',
  },
  de: {
    remove: '{name} entfernen',
    describe: 'Bild beschreiben (freiwillig)',
    large: '{name} ist größer als {limit}.',
    type: '{name} kann nicht gesendet werden. Fotos, PDF, Text und MP4 schon.',
    empty: '{name} ist leer.',
    many: 'Eine Nachricht fasst höchstens {count} Dateien.',
    bytes: 'Der Inhalt der Datei passt nicht zu ihrem Namen.',
    often: 'Zu viele Dateien in kurzer Zeit. Wieder möglich um {time}.',
    lost: '{name} ist nicht mehr in diesem Browser. Bitte noch einmal anhängen.',
    uploading: 'Wird hochgeladen: {percent}',
    waiting: 'Das Hochladen wartet auf die Verbindung.',
    cancel: 'Abbrechen',
    now: 'Jetzt versuchen',
    last: 'Die nächsten zuerst senden',
    open: '{name} öffnen',
    download: 'Herunterladen',
    close: 'Schließen',
  },
  es: {
    remove: 'Quitar {name}',
    describe: 'Describe la imagen (opcional)',
    large: '{name} ocupa más de {limit}.',
    type: '{name} no se puede enviar. Sí fotos, PDF, texto y MP4.',
    empty: '{name} está vacío.',
    many: 'Un mensaje admite {count} archivos como máximo.',
    bytes: 'El contenido del archivo no corresponde a su nombre.',
    often: 'Demasiados archivos en poco tiempo. Inténtalo de nuevo a las {time}.',
    lost: '{name} ya no está en este navegador. Adjúntalo de nuevo.',
    uploading: 'Subiendo: {percent}',
    waiting: 'La subida espera la conexión.',
    cancel: 'Cancelar',
    now: 'Intentar ahora',
    last: 'Enviar antes los siguientes',
    open: 'Abrir {name}',
    download: 'Descargar',
    close: 'Cerrar',
  },
  fr: {
    remove: 'Retirer {name}',
    describe: 'Décrire l’image (facultatif)',
    large: '{name} dépasse {limit}.',
    type: '{name} ne peut pas être envoyé. Photos, PDF, texte et MP4 le peuvent.',
    empty: '{name} est vide.',
    many: 'Un message contient {count} fichiers au maximum.',
    bytes: 'Le contenu du fichier ne correspond pas à son nom.',
    often: 'Trop de fichiers en peu de temps. Réessayez à {time}.',
    lost: '{name} n’est plus dans ce navigateur. Veuillez le joindre à nouveau.',
    uploading: 'Envoi : {percent}',
    waiting: 'L’envoi attend la connexion.',
    cancel: 'Annuler',
    now: 'Réessayer',
    last: 'Envoyer d’abord les suivants',
    open: 'Ouvrir {name}',
    download: 'Télécharger',
    close: 'Fermer',
  },
  it: {
    remove: 'Rimuovi {name}',
    describe: 'Descrivi l’immagine (facoltativo)',
    large: '{name} supera {limit}.',
    type: '{name} non si può inviare. Foto, PDF, testo e MP4 sì.',
    empty: '{name} è vuoto.',
    many: 'Un messaggio contiene al massimo {count} file.',
    bytes: 'Il contenuto del file non corrisponde al nome.',
    often: 'Troppi file in poco tempo. Riprova alle {time}.',
    lost: '{name} non è più in questo browser. Allegalo di nuovo.',
    uploading: 'Caricamento: {percent}',
    waiting: 'Il caricamento attende la connessione.',
    cancel: 'Annulla',
    now: 'Riprova ora',
    last: 'Invia prima i successivi',
    open: 'Apri {name}',
    download: 'Scarica',
    close: 'Chiudi',
  },
  ja: {
    remove: '{name}を外す',
    describe: '画像の説明（任意）',
    large: '{name}は{limit}を超えています。',
    type: '{name}は送信できません。写真、PDF、テキスト、MP4を送信できます。',
    empty: '{name}は空です。',
    many: '1件のメッセージに添付できるのは{count}個までです。',
    bytes: 'ファイルの内容が名前と一致しません。',
    often: '短時間に多くのファイルが送られました。{time}にもう一度お試しください。',
    lost: '{name}はこのブラウザーに残っていません。もう一度添付してください。',
    uploading: 'アップロード中 {percent}',
    waiting: '接続を待ってアップロードします。',
    cancel: 'キャンセル',
    now: '今すぐ試す',
    last: '次のメッセージを先に送る',
    open: '{name}を開く',
    download: 'ダウンロード',
    close: '閉じる',
  },
  nl: {
    remove: '{name} verwijderen',
    describe: 'Beschrijf de afbeelding (optioneel)',
    large: '{name} is groter dan {limit}.',
    type: '{name} kan niet worden verzonden. Foto’s, pdf, tekst en MP4 wel.',
    empty: '{name} is leeg.',
    many: 'Een bericht bevat hoogstens {count} bestanden.',
    bytes: 'De inhoud van het bestand past niet bij de naam.',
    often: 'Te veel bestanden in korte tijd. Probeer het om {time} opnieuw.',
    lost: '{name} is niet meer in deze browser. Voeg het opnieuw toe.',
    uploading: 'Uploaden: {percent}',
    waiting: 'De upload wacht op de verbinding.',
    cancel: 'Annuleren',
    now: 'Nu proberen',
    last: 'Volgende berichten eerst',
    open: '{name} openen',
    download: 'Downloaden',
    close: 'Sluiten',
  },
  pl: {
    remove: 'Usuń {name}',
    describe: 'Opisz obraz (opcjonalnie)',
    large: '{name} przekracza {limit}.',
    type: 'Nie można wysłać {name}. Można zdjęcia, PDF, tekst i MP4.',
    empty: '{name} jest pusty.',
    many: 'W wiadomości może być najwyżej {count} plików.',
    bytes: 'Zawartość pliku nie odpowiada jego nazwie.',
    often: 'Zbyt wiele plików w krótkim czasie. Spróbuj ponownie o {time}.',
    lost: 'Nie ma już {name} w tej przeglądarce. Dołącz plik ponownie.',
    uploading: 'Przesyłanie: {percent}',
    waiting: 'Przesyłanie czeka na połączenie.',
    cancel: 'Anuluj',
    now: 'Spróbuj teraz',
    last: 'Najpierw wyślij następne',
    open: 'Otwórz {name}',
    download: 'Pobierz',
    close: 'Zamknij',
  },
  pt: {
    remove: 'Remover {name}',
    describe: 'Descreva a imagem (opcional)',
    large: '{name} tem mais de {limit}.',
    type: '{name} não pode ser enviado. Fotos, PDF, texto e MP4 podem.',
    empty: '{name} está vazio.',
    many: 'Uma mensagem leva no máximo {count} arquivos.',
    bytes: 'O conteúdo do arquivo não corresponde ao nome.',
    often: 'Muitos arquivos em pouco tempo. Tente de novo às {time}.',
    lost: '{name} já não está neste navegador. Anexe-o de novo.',
    uploading: 'Enviando: {percent}',
    waiting: 'O envio espera a conexão.',
    cancel: 'Cancelar',
    now: 'Tentar agora',
    last: 'Enviar primeiro as seguintes',
    open: 'Abrir {name}',
    download: 'Baixar',
    close: 'Fechar',
  },
};

/** @param {string} lang Two letters. @returns {FileTexts} */
export const fileTexts = (lang) => FILE_LANGUAGES[lang] ?? FILE_ENGLISH;

/** @param {string} text @param {Record<string, string>} values */
export const filledIn = (text, values) =>
  text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

/**
 * Why a message with files was refused; undefined if it was for another reason.
 * @param {{ type: string, message: string }} failed
 * @param {{ name: string }[]} files
 * @param {FileTexts} texts
 * @param {string} locale Of the time.
 */
export function fileFailure({ type, message }, files, texts, locale) {
  const name = files.map((file) => file.name).join(', ');
  const time = () =>
    new Intl.DateTimeFormat(locale, { timeStyle: 'short' }).format(new Date(message));
  if (type === 'file_size') return filledIn(texts.large, { name, limit: limitIn(message, locale) });
  if (type === 'file_type') return filledIn(texts.type, { name });
  if (type === 'file_bytes' || type === 'file_refused') return texts.bytes;
  if (type === 'file_limit') return filledIn(texts.often, { time: time() });
  if (type === 'file_lost') return filledIn(texts.lost, { name: message });
  return undefined;
}

/** The number of bytes in a refusal. @param {string} message @param {string} locale */
function limitIn(message, locale) {
  const [bytes] = /\d+/.exec(message) ?? [];
  return sizeText(Number(bytes) || 0, locale);
}

/** @param {number} bytes @param {string} locale */
export function sizeText(bytes, locale) {
  const [size, unit] =
    bytes < 1024 * 1024 ? [bytes / 1024, 'kilobyte'] : [bytes / 1024 ** 2, 'megabyte'];
  const value = size < 1 ? 1 : size;
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit,
    maximumFractionDigits: value < 10 ? 1 : 0,
  }).format(value);
}
