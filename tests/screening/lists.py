"""Small lists made for tests, in the formats that are published."""

UN = """<?xml version="1.0" encoding="UTF-8"?>
<CONSOLIDATED_LIST dateGenerated="2026-02-27T00:00:09.554Z">
  <INDIVIDUALS>
    <INDIVIDUAL>
      <DATAID>1</DATAID><FIRST_NAME>IVAN</FIRST_NAME><SECOND_NAME>PRIMEROV</SECOND_NAME>
      <UN_LIST_TYPE>XYZ</UN_LIST_TYPE><REFERENCE_NUMBER>XYi.001</REFERENCE_NUMBER>
      <NAME_ORIGINAL_SCRIPT>Иван Примеров</NAME_ORIGINAL_SCRIPT>
      <NATIONALITY><VALUE>Iran (Islamic Republic of)</VALUE></NATIONALITY>
      <INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY><ALIAS_NAME>Iwan Primerow</ALIAS_NAME></INDIVIDUAL_ALIAS>
      <INDIVIDUAL_ALIAS><QUALITY>Low</QUALITY><ALIAS_NAME>Vanya</ALIAS_NAME></INDIVIDUAL_ALIAS>
      <INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>EXACT</TYPE_OF_DATE><DATE>1970-01-23</DATE></INDIVIDUAL_DATE_OF_BIRTH>
      <INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>BETWEEN</TYPE_OF_DATE><FROM_YEAR>1960</FROM_YEAR><TO_YEAR>1962</TO_YEAR>
      </INDIVIDUAL_DATE_OF_BIRTH>
      <INDIVIDUAL_DOCUMENT><TYPE_OF_DOCUMENT>Passport</TYPE_OF_DOCUMENT><NUMBER>A 123-456</NUMBER>
        <ISSUING_COUNTRY>Yemen</ISSUING_COUNTRY></INDIVIDUAL_DOCUMENT>
    </INDIVIDUAL>
  </INDIVIDUALS>
  <ENTITIES>
    <ENTITY>
      <DATAID>2</DATAID><FIRST_NAME>SAMPLE AIRLINES (SAL)</FIRST_NAME>
      <UN_LIST_TYPE>XYZ</UN_LIST_TYPE><REFERENCE_NUMBER>XYe.001</REFERENCE_NUMBER>
      <ENTITY_ALIAS><QUALITY/><ALIAS_NAME/></ENTITY_ALIAS>
      <ENTITY_ADDRESS><COUNTRY>Democratic People's Republic of Korea</COUNTRY></ENTITY_ADDRESS>
    </ENTITY>
  </ENTITIES>
</CONSOLIDATED_LIST>
"""

SDN = """\
1,"PRIMEROV, Ivan","individual","XYZ] [ABC",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"DOB 23 Jan 1970; alt. DOB circa 1965; \
nationality Russia; Passport 4005504207 (Russia); Tax ID No. 500100732259 (Russia); a.k.a. 'VANYA'."
2,"SAMPLE TRADING CO.",-0- ,"XYZ",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"SWIFT/BIC SAMPRUMM; Registration Num"
3,"SAMPLE STAR","vessel","XYZ",-0- ,"T2EU4","Tanker","99,144","56,068","Iran",-0- ,"Vessel Registration \
Identification IMO 9074729; MMSI 572469210."
\x1a"""
ADD = '1,10,"1 Street","Moscow","Russia",-0- \n2,11,-0- ,-0- ,"Cyprus",-0- \n'
ALT = '1,20,"aka","PRIMEROFF, Iwan",-0- \n9,21,"aka","NOBODY",-0- \n'
COMMENTS = '2,"ber 1027700132195 (Russia)."\n'

EU = """<?xml version="1.0" encoding="UTF-8"?>
<export xmlns="http://eu.europa.ec/fpi/fsd/export" generationDate="2026-01-02T10:00:00.000+01:00" globalFileId="777">
  <sanctionEntity logicalId="13" euReferenceNumber="EU.1.1">
    <regulation programme="XYZ"/>
    <subjectType code="person" classificationCode="P"/>
    <nameAlias wholeName="Ivan Primerov" strong="true"/>
    <nameAlias wholeName="Vanya" strong="false"/>
    <nameAlias wholeName="" firstName="Iwan" lastName="Primerow" strong="true"/>
    <citizenship countryIso2Code="RU"/>
    <birthdate circa="false" birthdate="1970-01-23" year="1970"/>
    <birthdate circa="true" year="1965"/>
    <identification identificationTypeCode="passport" number="4005504207" countryIso2Code="RU"/>
  </sanctionEntity>
  <sanctionEntity logicalId="14" euReferenceNumber="EU.2.1">
    <subjectType code="enterprise" classificationCode="E"/>
    <nameAlias wholeName="Sample Trading (STC)"/>
  </sanctionEntity>
</export>
"""

ADVANCED = """<?xml version="1.0" encoding="utf-8"?>
<Sanctions xmlns="http://www.un.org/sanctions/1.0">
  <DateOfIssue><Year>2026</Year><Month>3</Month><Day>4</Day></DateOfIssue>
  <ReferenceValueSets>
    <CountryValues><Country ID="1" ISO2="RU">Russia</Country></CountryValues>
    <FeatureTypeValues><FeatureType ID="8">Birthdate</FeatureType><FeatureType ID="10">Nationality Country</FeatureType>
    </FeatureTypeValues>
    <IDRegDocTypeValues><IDRegDocType ID="1571">Passport</IDRegDocType></IDRegDocTypeValues>
    <PartySubTypeValues><PartySubType ID="1" PartyTypeID="4">Vessel</PartySubType>
      <PartySubType ID="4" PartyTypeID="1">Unknown</PartySubType></PartySubTypeValues>
    <PartyTypeValues><PartyType ID="1">Individual</PartyType><PartyType ID="4">Transport</PartyType></PartyTypeValues>
  </ReferenceValueSets>
  <Locations><Location ID="5"><LocationCountry CountryID="1"/></Location></Locations>
  <IDRegDocuments><IDRegDocument ID="7" IDRegDocTypeID="1571" IdentityID="100" IssuedBy-CountryID="1">
    <IDRegistrationNo>4005504207</IDRegistrationNo></IDRegDocument></IDRegDocuments>
  <DistinctParties>
    <DistinctParty FixedRef="36"><Profile ID="36" PartySubTypeID="4">
      <Identity ID="100">
        <Alias FixedRef="36" Primary="true" LowQuality="false"><DocumentedName ID="1">
          <DocumentedNamePart><NamePartValue ScriptID="215">PRIMEROV</NamePartValue></DocumentedNamePart>
          <DocumentedNamePart><NamePartValue ScriptID="215">Ivan</NamePartValue></DocumentedNamePart>
        </DocumentedName></Alias>
        <Alias FixedRef="36" Primary="false" LowQuality="true"><DocumentedName ID="2">
          <DocumentedNamePart><NamePartValue ScriptID="215">VANYA</NamePartValue></DocumentedNamePart>
        </DocumentedName></Alias>
      </Identity>
      <Feature ID="1" FeatureTypeID="8"><FeatureVersion ID="1"><DatePeriod>
        <Start><From><Year>1970</Year><Month>1</Month><Day>23</Day></From></Start>
        <End><To><Year>1970</Year><Month>1</Month><Day>23</Day></To></End></DatePeriod></FeatureVersion></Feature>
      <Feature ID="2" FeatureTypeID="10"><FeatureVersion ID="2"><VersionLocation LocationID="5"/></FeatureVersion>
      </Feature>
    </Profile></DistinctParty>
  </DistinctParties>
  <SanctionsEntries><SanctionsEntry ID="1" ProfileID="36"><SanctionsMeasure ID="1"><Comment>XYZ</Comment>
    </SanctionsMeasure></SanctionsEntry>
    <SanctionsEntry ID="2" ProfileID="99"><SanctionsMeasure ID="2"><Comment>ABC</Comment></SanctionsMeasure>
    </SanctionsEntry></SanctionsEntries>
</Sanctions>
"""

FTM = """\
{"id": "a-1", "schema": "Person", "caption": "x", "datasets": ["sample"], "last_change": "2026-01-02T03:04:05", \
"properties": {"name": ["Ivan Primerov"], "weakAlias": ["Vanya"], "birthDate": ["1970-01-23"], "nationality": ["ru"], \
"passportNumber": ["4005504207"], "innCode": ["500100732259"]}}
{"id": "b-1", "schema": "Address", "datasets": ["sample"], "properties": {"full": ["1 Street"]}}
{"id": "a-2", "schema": "Company", "datasets": ["sample", "more"], "properties": {"name": ["Sample Trading"], \
"leiCode": ["529900T8BM49AURSDO55"], "swiftBic": ["DEUTDEFF500"]}}
"""
