/** The one style sheet of the page. Colours come in pairs, for light and dark; each pair of text and ground has a contrast of 4.5 or more. */
export const styleSheet = `
:root{color-scheme:light dark;--ground:#fff;--panel:#f4f6f8;--text:#1b1f24;--quiet:#4d5761;--line:#c9d0d8;--link:#0b57a4;
--good:#116329;--good-ground:#dff5e3;--bad:#8f1d17;--bad-ground:#fde7e5;--wait:#6b4700;--wait-ground:#fff2cc}
@media (prefers-color-scheme:dark){:root{--ground:#12161b;--panel:#1b2128;--text:#e8ecf0;--quiet:#aab4bf;--line:#3a444f;--link:#8ec5ff;
--good:#8ee6a0;--good-ground:#143021;--bad:#ffb3ab;--bad-ground:#43191a;--wait:#ffd97a;--wait-ground:#3a2d0b}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--text);font:15px/1.5 system-ui,"Segoe UI","Open Sans","DejaVu Sans",sans-serif;overflow-wrap:anywhere}
header,main,footer{max-width:76rem;margin:0 auto;padding:0 1rem}
header{padding-top:1rem}
footer{padding-bottom:2rem;color:var(--quiet)}
h1{font-size:1.35rem;margin:0 0 .25rem}
h2{font-size:1.1rem;margin:1.75rem 0 .5rem}
p{margin:.4rem 0}
a{color:var(--link)}
a:focus-visible{outline:3px solid var(--link);outline-offset:2px}
code{font:13px/1.5 ui-monospace,"DejaVu Sans Mono",monospace;background:var(--panel);padding:.1rem .3rem;border-radius:.2rem}
.quiet{color:var(--quiet);font-weight:400}
.banner{margin:1rem 0;padding:.6rem .9rem;border:1px solid;border-left-width:.4rem;border-radius:.3rem}
.banner h2{margin:.2rem 0;font-size:1rem}
.banner ul{margin:.3rem 0;padding-left:1.2rem}
.good{color:var(--good);background:var(--good-ground)}
.bad{color:var(--bad);background:var(--bad-ground)}
.wait{color:var(--wait);background:var(--wait-ground)}
.banner a{color:inherit}
.badge{display:inline-block;padding:.05rem .5rem;border:1px solid;border-radius:1rem;font-size:.87em;font-weight:600;white-space:nowrap}
.panels{display:grid;gap:1rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,21rem),1fr))}
table{width:100%;border-collapse:collapse;font-size:.93em}
caption{text-align:left;color:var(--quiet);padding-bottom:.3rem}
th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;border-bottom:1px solid var(--line)}
td{min-width:5rem}
thead th{background:var(--panel);font-weight:600;overflow-wrap:break-word}
tbody th{font-weight:600;min-width:10rem}
dl{display:grid;grid-template-columns:minmax(8rem,max-content) 1fr;gap:.25rem 1rem;margin:.5rem 0}
dl>div{display:contents}
header dl{display:flex;flex-wrap:wrap;gap:.1rem 1.5rem}
header dl>div{display:flex;gap:.5rem}
dt{color:var(--quiet)}
dd{margin:0}
ol.steps{padding-left:1.4rem}
ol.steps li{margin:.5rem 0}
@media (max-width:60rem){
dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.4rem}
table,tbody,tr,th,td,caption{display:block;width:100%}
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
tr{border:1px solid var(--line);border-radius:.3rem;margin:.5rem 0;padding:.2rem 0}
th,td{border:0;padding:.15rem .6rem}
td::before{content:attr(data-of);display:block;color:var(--quiet);font-size:.87em}
td:empty{display:none}}
`;
