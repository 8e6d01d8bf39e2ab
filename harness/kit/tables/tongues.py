# SPDX-License-Identifier: Apache-2.0
"""What takes a row or a whole table back, in the languages that instruments and platforms are sold in beside Chinese and English.

Stems, not sentences: ungültig, annulé, estimado, недействителен, 推定値, 무효, 作廢. Whoever does not read these languages would
take such a remark for any other word.
"""

from __future__ import annotations

BACK = (
    r"ungültig|storniert|gekündigt|annulliert|widerrufen|zurückgezogen|abgelaufen|gelöscht|verworfen|geschätzt|schätz(?:wert|ung)|hochgerechnet|"
    r"entwurf|vorläufig|doppelt|abgelehnt|ausgeschlossen|fehlerhaft|fehlgeschlagen|ausgefallen|"
    r"annul[ée]|invalide|non valide|estim[ée]|résilié|expiré|périmé|provisoire|brouillon|rejeté|refusé|exclu\b|doublon|échou|retiré|supprimé|"
    r"anulad|inválid|no válid|não válid|estimad|cancelad|caducad|vencid|borrador|provisori|rechazad|rejeitad|excluid|duplicad|rascunho|fallid|"
    r"annullat|non valid|stimat[oiae]\b|cancellat|scadut|bozza|respint|esclus|fallit|"
    r"недейств|отмен[её]н|аннулир|оценочн|оценка|черновик|исключ[её]н|дублик|отклон[её]н|расторг|неверн|ошибочн|"
    r"無効|中止|取消|取り消し|推定[値し]|見積|概算値|予測値|未確認|失効|解約|廃止|削除|除外|重複|却下|下書き|ダミー|キャンセル|仮データ|"
    r"무효|취소|추정|예상|해지|만료|삭제|제외|중복|반려|초안|"
    r"作廢|無效|失效|終止|暫停|撤銷|註銷|吊銷|退網|停產|停機|報廢|廢止|虛擬|模擬|重複|刪除|駁回|拒絕|不計|估計|推估|暫估|預估|預測|過期|逾期作廢|估计值|推定值"
)
MADE_UP = (
    r"simulat\w*|simulier\w*|simulé\w*|simulad\w*|simulazion\w*|synthe(?:tic|tisch|sized)\w*|synthétique\w*|interpol\w*|extrapol\w*|imput(?:ed|iert)\w*|artificial\w*|mock(?:ed)?|"
    r"fictiti\w*|fiktiv\w*|ficti[fv]\w*|factice\w*|placeholder|made[ -]up|manual(?:ly)?[ -](?:entered|entry|input|filled|added)|entered (?:by hand|manually)|hand[ -]?filled|manuell \w+|von hand|"
    r"rehearsal|dry[ -]run|demo(?:nstration)?|"
    r"仿真\w*|演练\w*|演示\w*|合成数据|插补\w*|插值\w*|补录\w*|补点\w*|人工(?:填|录|补|估)\w*|手工(?:填|录|补)\w*|手动(?:填|录|补)\w*|"
    r"シミュレ\w*|補間\w*|手入力\w*|デモ\w*|모의\w*|시뮬\w*|보간\w*|смоделир\w*|моделир\w*|имитац\w*|интерпол\w*"
)
"""Of a measurement: nobody measured it."""
DOUBTED = (
    r"erroneous|incorrect|wrong|faulty|questionable|doubtful|suspect(?:ed)?|unreliable|unverified|see erratum|errat(?:a|um)|to be (?:corrected|confirmed|replaced|verified)|"
    r"errors?(?![ -]?(?:rate|code|free))|fehler|erreur|ошибка|(?:数据)?(?:有误|错误(?!率|码)|异常值|失真|存疑|可疑|不准|不可靠|不可信)|エラー|異常値"
)
"""Of a measurement: nobody stands up for it."""
YES = frozenset({
    "ja", "gültig", "gut", "aktiv", "gemessen", "echt", "erfolgreich", "bestanden", "abgeschlossen", "in betrieb", "messung",
    "oui", "valide", "valable", "bon", "bonne", "actif", "active", "mesuré", "mesurée", "mesure", "réussi", "terminé",
    "sí", "si", "sì", "sim", "válido", "válida", "valido", "valida", "bueno", "activo", "ativo", "attivo", "medido", "misurato", "completado",
    "да", "действителен", "действует", "хорошо", "измерено", "активен", "норма",
    "はい", "有効", "正常", "良", "良好", "実測", "実測値", "計測値", "測定値", "合格", "稼働中", "成功", "完了",
    "예", "유효", "정상", "양호", "측정", "측정값", "성공", "완료",
    "有效", "實測", "實測值", "已簽", "已簽訂", "履行中", "執行中", "已完成", "啟用", "已啟用", "運行中", "已驗收", "通過", "在線", "真實",
})  # fmt: skip
NO = frozenset({"nein", "non", "não", "нет", "いいえ", "아니오", "falsch", "faux", "falso", "нет данных"})
BAD = frozenset({
    "bad", "poor", "uncertain", "suspect", "schlecht", "mauvais", "mauvaise", "malo", "mala", "cattivo", "плохо", "不良", "差", "坏", "나쁨",
})  # fmt: skip
STATE = r"zustand|statut\b|\bestado\b|\bstato\b|статус|состояние|状態|狀態|상태|審核|審查|核實|驗收|履約|執行情況|進度|gültig|valide\b|válid|действит|有効性?$|유효|genehmig"
NOTE = r"bemerk|anmerk|hinweis|kommentar|remarque|observa[cç]|\bnota\b|備考|備註|註記|附註|說明|メモ|コメント|비고|메모|примечан|коммент"
ASKED_BACK = (
    r"(?:is[ _-])?(?:simulated|estimated|interpolated|synthetic|imputed|manual|demo|rehearsal|fake|mock)\??|simuliert|geschätzt|storniert|ungültig|interpoliert|"
    r"simulée?|estimée?|annulée?|simulad[oa]|estimad[oa]|anulad[oa]|無効|推定値|シミュレーション|무효|추정"
)
HOLDS = r"qualität|gültig(?:keit)?|qualité|validité|valide|calidad|validez|válid[oa]|qualità|qualidade|качество|品質|有効(?:性)?|有效性?|품질|유효(?:성)?"
PROVENANCE = (
    r"(?:数据|值|记录)?来源|(?:数据|测试)(?:类型|性质|来源)|(?:运行|测试|工作|采集)?模式|來源|(?:data[ _-]?)?(?:source|origin|provenance|mode)|"
    r"data[ _-]?(?:type|kind)|herkunft|quelle|modus|messart|origine|origen|modo|источник|режим|出所|出典|モード|출처|모드|"
)
"""Headings under which a word tells where a row comes from; a column without a heading may tell anything."""
MARK = r"flags?|qualifier|标志|标识位?|标记|標記|標誌|フラグ|플래그|флаг|kennzeichen|kennung|drapeau|indicateur"
"""Headings of columns that mark some rows and say not why."""
NAMES = (
    r"用途|环境|业务|应用|项目|处理|处置|确认|恢复|关闭|信号|控制方式|规则|handl|ack|purpose|usage|env|project|application|clos|resol|signal|rule|名称|名稱|姓名|人$|人员$|员$|部门|单位$|区域|位置|车间|分组|^组|地址|厂|系统$|站点|描述|内容|文件|原因|\b(?:name|area|group|location|zone|site|team|user|operator|by|description|message|"
    r"department|path|file|url|reason|unit)\b"
)
"""Headings of names and places, in which such a word is part of a name: 测试车间, group default."""
