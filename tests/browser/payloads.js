// @ts-check
/** Messages that mean harm: to a parser of HTML, to addresses, to templates, to whoever reads. */

const CALL = 'alert(1)';
const SHAPES = [
  `<script>${CALL}</script>`, `<img src=x onerror=${CALL}>`, `<svg onload=${CALL}>`, `<svg><script>${CALL}</script></svg>`, `<body onload=${CALL}>`,
  `<iframe src="javascript:${CALL}"></iframe>`, `<iframe srcdoc="<script>parent.${CALL}</script>"></iframe>`, `<a href="javascript:${CALL}">x</a>`,
  `<details open ontoggle=${CALL}>`, `<input autofocus onfocus=${CALL}>`, `<video><source onerror=${CALL}></video>`, `<math><mtext><img src onerror=${CALL}></mtext></math>`,
  `"><img src=x onerror=${CALL}>`, `' onmouseover='${CALL}`, '</textarea><script>alert(1)</script>', '</style><img src=//evil.example/a.png>', '<!--<img src="--><img src=x onerror=alert(1)//">',
  '<template><img src=x onerror=alert(1)></template>', '<slot name="x"></slot><style>*{display:none}</style>', '<link rel=stylesheet href=//evil.example/a.css>', '<base href=//evil.example/>',
  '<meta http-equiv=refresh content="0;url=//evil.example">', '<form action=//evil.example><button>x</button></form>', '&lt;img src=x onerror=alert(1)&gt;', '&#60;script&#62;alert(1)&#60;/script&#62;',
  `javascript:${CALL}`, 'JaVaScRiPt:alert(1)', 'java\tscript:alert(1)', 'data:text/html,<script>alert(1)</script>', 'vbscript:msgbox(1)', `https://evil.example/"onmouseover="${CALL}`,
  `http://evil.example/<script>${CALL}</script>`, "https://evil.example/'onclick='alert(1)", 'https://javascript:alert(1)@evil.example/%0aalert(1)', 'http://[::1', 'https://', 'HTTPS://EVIL.EXAMPLE/?a=<b>',
  '{{constructor.constructor("alert(1)")()}}', '${alert(1)}', '#{7*7} <%= 7*7 %> {% debug %}', '\u202egnp.exe\u202c', '\u2066a\u2067b\u2069\u2069 https://evil.example/\u202efdp', '\u200bz\u200de\u200cr\ufeffo\u2060',
  'Z\u0351\u0343\u0342a\u0321\u0322l\u0334\u0335g\u0336o\u0337'.repeat(20), '👩‍👩‍👧‍👦🏳️‍🌈👍🏽🇳🇴', '\u0000\u0001\u0007\u001b[31m\u007f', 'line\r\nline\rline\u2028line\u2029line', '\ufffd\ufffe\uffff', 'x'.repeat(5000), '\ud83d\udca5'.repeat(2400),
  '\u202ehttps://evil.example/moc.tfosorcim.nigol//:sptth', 'https://paypal.com@evil.example/', 'https://paypal.co\u200bm/login', 'https://evil.example/\u202egnp.exe', 'https://evil.example\u{e0041}',
  '   leading and trailing   ', '../../../etc/passwd %00 %s%n', "'; DROP TABLE chat; --", '__proto__ constructor toString', 'null', '[object Object]', 'live-chat:guest',
];
/** What each shape is wrapped in. @type {((text: string) => string)[]} */
const WRAPS = [
  (text) => text, (text) => `Hello ${text}`, (text) => `${text} https://teapots.example/?q=1`, (text) => `https://teapots.example/${text}`, (text) => text.toUpperCase(),
  (text) => `<b>${text}</b>`, (text) => `${text}\n${text}`, (text) => `"${text}"`, (text) => `مرحبا ${text}`, (text) => `http://a.example http://b.example,${text}`,
];

/** The same ones each time. @param {number} count */
export const payloads = (count) =>
  Array.from({ length: count }, (_, index) => [...WRAPS[Math.floor(index / SHAPES.length) % WRAPS.length](SHAPES[index % SHAPES.length])].slice(0, 2500).join(''));
