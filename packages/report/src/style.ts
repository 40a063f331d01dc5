/** The pages' style: no font, image or colour from outside; light, dark, phone, paper. */
export const STYLE = `
:root{color-scheme:light dark;--paper:#fdfdfb;--ink:#1c2126;--soft:#59636d;--faint:#838c95;--rule:#dcdfdf;--panel:#f4f5f2;--accent:#1d5fa6;--tint:#1d5fa614;--second:#b4531b;--good:#1b6e3c;--bad:#a3232c}
@media (prefers-color-scheme:dark){:root{--paper:#14181c;--ink:#e4e7e9;--soft:#a3adb6;--faint:#7d8892;--rule:#323a41;--panel:#1b2126;--accent:#7db6f2;--tint:#7db6f21f;--second:#f0a16a;--good:#7fd19b;--bad:#f59a9a}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%;scroll-padding-top:1rem}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif;overflow-wrap:break-word}
main,header,footer,nav{max-width:62rem;margin:0 auto;padding:0 1rem}
header{padding-top:2rem}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .25rem;font-weight:650}
h2{font-size:1.25rem;margin:3rem 0 .5rem;padding-top:.75rem;border-top:1px solid var(--rule);font-weight:650}
h2.minor{font-size:1rem;margin:1rem 0 .25rem;padding:0;border:0}
h3{font-size:.95rem;margin:0 0 .25rem;font-weight:600}h3.part{font-size:1.05rem;margin:1.5rem 0 .25rem}
p{margin:.5rem 0;max-width:44rem}
.soft,figcaption,.sub{color:var(--soft)}
nav{margin-top:1.25rem;font-size:.9rem}nav a{display:inline-block;margin-right:1rem;padding:.15rem 0}
a{color:var(--accent)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.verdict{margin:1.25rem 0 0;padding:.9rem 1.1rem;border:1px solid var(--rule);border-left:.4rem solid var(--soft);background:var(--panel)}
.verdict.accepted{border-left-color:var(--good)}.verdict.rejected{border-left-color:var(--bad)}
.verdict strong{font-size:1.15rem}.verdict strong.said{font-size:1em}.verdict.accepted strong{color:var(--good)}.verdict.rejected strong{color:var(--bad)}.verdict strong.said{color:inherit}
.verdict ul{margin:.4rem 0 0;padding-left:1.2rem}.verdict p{margin:.3rem 0 0}
.glance,#causes ol{margin:1rem 0 0;padding-left:1.2rem;max-width:50rem}.glance li,#causes li{margin:.35rem 0}#causes ol{margin-top:.25rem}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(13rem,1fr));gap:1px;margin:1rem 1px 0}
.cards>div{background:var(--paper);box-shadow:0 0 0 1px var(--rule);padding:.65rem .9rem}
.cards dt{font-size:.85rem;color:var(--soft)}.cards dd{margin:0}.cards .value{font-size:1.45rem;line-height:1.3;font-variant-numeric:tabular-nums}
.after{margin-top:1.5rem}
.sub{display:block;font-size:.82rem}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,25rem),1fr));gap:1.5rem 2rem;margin:1rem 0}.charts>*{min-width:0}
figure{margin:0;min-width:0;max-width:32rem}figcaption{font-size:.85rem;margin-top:.25rem}
.empty{border:1px dashed var(--rule);padding:1.5rem 1rem;color:var(--soft);text-align:center}
.chart{display:block;width:100%;height:auto;font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif;font-variant-numeric:tabular-nums;color:var(--ink);overflow:visible;--plot-background:var(--paper)}
.chart text{white-space:pre}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:0 1.1rem;margin:0 0 .35rem;padding:0;font-size:.85rem;color:var(--soft)}
.mark.line{color:var(--accent)}.mark.second{color:var(--second)}.mark.faint{color:var(--faint)}.mark.band{color:var(--accent);opacity:.3}
.tabular{margin:.75rem 0}.scroll{overflow-x:auto}.tall{max-height:36rem;overflow-y:auto}
table{border-collapse:collapse;font-size:.84rem;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--soft);padding-bottom:.3rem}
th,td{padding:.28rem .5rem .28rem 0;text-align:left;vertical-align:baseline;border-bottom:1px solid var(--rule)}
thead th,thead th.n{font-weight:600;white-space:normal;vertical-align:bottom}.tall thead th{position:sticky;top:0;background:var(--paper);box-shadow:0 1px var(--rule)}
tbody th{font-weight:400;min-width:9rem;max-width:22rem;overflow-wrap:anywhere}
th.n,td.n{text-align:right;white-space:nowrap;padding-left:.5rem}td.text{overflow-wrap:anywhere;min-width:9rem}
td .sub,th .sub{font-size:.92em;white-space:normal}
td.right{box-shadow:inset 0 0 0 1px var(--soft)}
.shade1{background:color-mix(in srgb,var(--accent) 8%,transparent)}.shade2{background:color-mix(in srgb,var(--accent) 16%,transparent)}.shade3{background:color-mix(in srgb,var(--accent) 24%,transparent)}.shade4{background:color-mix(in srgb,var(--accent) 32%,transparent)}.shade5{background:color-mix(in srgb,var(--accent) 40%,transparent)}
button,input{font:inherit;color:inherit}
button{font-size:.85rem;padding:.3rem .7rem;border:1px solid var(--soft);border-radius:.25rem;background:var(--paper);cursor:pointer}button:hover{background:var(--tint)}
button.csv{margin-top:.3rem;font-size:.75rem;padding:.1rem .45rem;border-color:var(--rule);color:var(--soft);background:none}
.panel{margin:1.5rem 0;padding:1rem 1.1rem;border:1px solid var(--rule);background:var(--panel)}.panel .scroll thead th{background:none}
.controls{display:none}.js .controls{display:block}
.controls label{font-size:.9rem;color:var(--soft)}.controls input[type=range]{display:block;width:100%;margin:.4rem 0 0;accent-color:var(--accent);min-height:1.5rem}
.controls input[type=number]{width:7.5rem;padding:.2rem .4rem;border:1px solid var(--soft);border-radius:.25rem;background:var(--paper)}.controls input[aria-invalid=true]{border-color:var(--bad);outline-color:var(--bad)}
.ends{display:flex;justify-content:space-between;color:var(--soft);font-size:.8rem;margin-bottom:.6rem}
.fields{display:flex;flex-wrap:wrap;align-items:center;gap:.4rem .6rem;margin:.4rem 0}
.outcome{display:grid;grid-template-columns:minmax(0,max-content) minmax(0,1fr);gap:0 2rem;align-items:start}.outcome .cards{grid-template-columns:repeat(auto-fill,minmax(9rem,1fr))}.outcome .tabular{margin-top:1rem}
.outcome td.n{font-size:1.1rem;padding:.4rem .6rem}.outcome td .sub{font-size:.8rem}
.unseen{position:absolute;width:1px;height:1px;margin:-1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.switch{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,25rem),1fr));gap:1rem 2rem;margin:1rem 0}.switch>*{min-width:0}.switch>.options,.switch>.bins{grid-column:1/-1}
.switch>input{position:absolute;opacity:0;pointer-events:none}.options label{display:inline-block;margin:0 .4rem .3rem 0;padding:.2rem .7rem;border:1px solid var(--rule);border-radius:1rem;font-size:.85rem;cursor:pointer}
.switch>input:nth-of-type(1):checked~.options>label:nth-of-type(1),.switch>input:nth-of-type(2):checked~.options>label:nth-of-type(2),.switch>input:nth-of-type(3):checked~.options>label:nth-of-type(3),.switch>input:nth-of-type(4):checked~.options>label:nth-of-type(4),.switch>input:nth-of-type(5):checked~.options>label:nth-of-type(5){border-color:var(--accent);background:var(--tint);font-weight:600}
.switch>input:nth-of-type(1):checked~.options>label:nth-of-type(1)::before,.switch>input:nth-of-type(2):checked~.options>label:nth-of-type(2)::before,.switch>input:nth-of-type(3):checked~.options>label:nth-of-type(3)::before,.switch>input:nth-of-type(4):checked~.options>label:nth-of-type(4)::before,.switch>input:nth-of-type(5):checked~.options>label:nth-of-type(5)::before{content:"\\2713  "}
.switch>input:nth-of-type(1):focus-visible~.options>label:nth-of-type(1),.switch>input:nth-of-type(2):focus-visible~.options>label:nth-of-type(2),.switch>input:nth-of-type(3):focus-visible~.options>label:nth-of-type(3),.switch>input:nth-of-type(4):focus-visible~.options>label:nth-of-type(4),.switch>input:nth-of-type(5):focus-visible~.options>label:nth-of-type(5){outline:2px solid var(--accent);outline-offset:2px}
.switch>input~[class*=of-]{display:none}
.switch>input:nth-of-type(1):checked~.of-1,.switch>input:nth-of-type(2):checked~.of-2,.switch>input:nth-of-type(3):checked~.of-3,.switch>input:nth-of-type(4):checked~.of-4,.switch>input:nth-of-type(5):checked~.of-5{display:block}
.bins .tall{max-height:20rem}
details{margin:.5rem 0}summary{cursor:pointer;color:var(--soft);font-size:.9rem}
dl.pairs{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.2rem 1rem;margin:.75rem 0;font-size:.9rem}
dl.pairs dt{color:var(--soft)}dl.pairs dd{margin:0;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
pre{background:var(--panel);border:1px solid var(--rule);padding:.8rem 1rem;font-size:.82rem;line-height:1.45;white-space:pre-wrap;overflow-wrap:anywhere;max-height:30rem;overflow-y:auto;tab-size:2}
code,.hash{font-family:ui-monospace,"SFMono-Regular","DejaVu Sans Mono",monospace;font-size:.9em}
footer{margin-top:3rem;padding-bottom:2rem;color:var(--soft);font-size:.85rem}
@media (max-width:45rem){.outcome{grid-template-columns:minmax(0,1fr)}}
@media (max-width:30rem){header{padding-top:1.25rem}.cards{grid-template-columns:1fr 1fr}.cards .value{font-size:1.2rem}.cards>div{padding:.5rem .6rem}.outcome .cards{grid-template-columns:1fr 1fr}dl.pairs{grid-template-columns:minmax(0,1fr);gap:0}dl.pairs dd{margin-bottom:.4rem}tbody th{min-width:7rem}nav a{padding:.35rem 0}button{padding:.45rem .8rem}button.csv{padding:.25rem .6rem}.controls input[type=number]{padding:.35rem .4rem}.panel{padding:.8rem}.controls .fields:has(input){display:grid;grid-template-columns:minmax(0,1fr) auto}}
@media print{:root{color-scheme:light;--paper:#fff;--ink:#000;--soft:#444;--faint:#666;--rule:#bbb;--panel:#fff;--accent:#12447c;--second:#8a3b0d;--good:#000;--bad:#000}body{font-size:10pt}nav,button,.js .controls,.options{display:none}main,header,footer{max-width:none;padding:0}h2,h3{break-after:avoid}figure,tr,.verdict,.cards>div{break-inside:avoid}.scroll,.tall,.bins .tall,pre{overflow:visible;max-height:none}.charts,.switch{grid-template-columns:1fr 1fr}.switch>input~[class*=of-]{display:block}.tall thead th{position:static}table{font-size:7.5pt}th.n,td.n,thead th{white-space:normal}th,td{padding-right:.3rem}tbody th,td.text{min-width:0}.sub{font-size:.9em}details::details-content{content-visibility:visible;display:block}}
`.trim();
